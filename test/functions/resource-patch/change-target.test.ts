import assert from "node:assert/strict";
import { changeKey, GROWTH_KEY, readIntentAt } from "../../../functions/resource-patch/intent.ts";
import type { Pod } from "../../../functions/resource-patch/pod-facts.ts";
import type { KubeObject } from "../../../knative/local/cluster/kube-object.ts";
import { DecisionRecord } from "../../../shared/events/decided.ts";
import { ResourcesSettled } from "../../../shared/events/settled.ts";
import type { Event } from "../../../shared/events/contract.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import type { Action } from "../../../shared/policy-class.ts";
import { type OwnedPods, OWNERS, startOwnedPods } from "../owned-pods.ts";
import { type Actor, policyWith, startActor } from "./actor.ts";
import { startFake } from "./usage/fake-server.ts";
import { nearlyFull, quietWeek } from "./usage/quiet-week.ts";

/** What is read of an object in these tests. */
type Seen = KubeObject & {
  metadata: { managedFields?: { manager: string; fieldsV1: object }[] };
  spec: {
    replicas?: number;
    template: { spec: { containers: { resources: object }[] } };
    jobTemplate?: { spec: Seen["spec"] };
  };
};

describe("what is not done on the pod", function () {
  this.timeout(20_000);
  let owned: OwnedPods;
  let actor: Actor;
  let prometheus: Awaited<ReturnType<typeof startFake>> | undefined;
  const allow = async (action: Action, reply?: (query: string, endSeconds: number) => string) => {
    owned = await startOwnedPods({ nodes: [{ name: "one" }, { name: "two" }] });
    const policy = policyWith({ allowedActions: [action] });
    if (reply === undefined) {
      actor = startActor(owned.cluster, { policy });
      return;
    }
    prometheus = await startFake(({ form }) =>
      reply(String(form.get("query")), Number(form.get("end"))),
    );
    actor = startActor(owned.cluster, { policy, env: { PROMETHEUS_URL: prometheus.url } });
  };
  afterEach(async () => {
    await actor?.stop();
    await prometheus?.stop();
    prometheus = undefined;
    await owned?.cluster.close();
  });

  const podOf = (kind: string): Pod => owned.podOf(kind);
  const read = (kind: string): Seen => owned.ownerOf(kind) as Seen;
  const sizesOf = (kind: string) => {
    const { spec } = read(kind);
    return (spec.jobTemplate?.spec ?? spec).template.spec.containers[0]?.resources;
  };
  const intentOf = (kind: string) =>
    readIntentAt(read(kind).metadata.annotations, changeKey("cpu"));
  const outcomes = (told: readonly { data: unknown }[]) =>
    told.flatMap(({ data }) => {
      const settled = ResourcesSettled.data.safeParse(data);
      return settled.success ? [settled.data.outcome] : [];
    });

  for (const kind of Object.keys(OWNERS)) {
    it(`writes the sizes of a ${kind} into its template`, async () => {
      await allow("patch-owner");
      const first = await actor.tell(podOf(kind));
      assert.equal(first.kind, "act", first.reason);
      const told = await actor.settle(first, 2);
      assert.deepEqual(outcomes(told).length, 1);
      assert.match(outcomes(told)[0] ?? "", /applied|pending/);
      assert.deepEqual(sizesOf(kind), {
        requests: { cpu: "168m", memory: "64Mi" },
        limits: { cpu: "335m", memory: "128Mi" },
      });
      assert.deepEqual(intentOf(kind)?.changes[0]?.before, { request: "100m", limit: "200m" });
      const ours = read(kind).metadata.managedFields?.filter(({ manager }) => manager === "vigie");
      assert.equal(ours?.length, 1);
      assert.doesNotMatch(JSON.stringify(ours?.[0]?.fieldsV1), /"f:(memory|image|replicas)"/);
    });
  }

  it("rolls out nothing that no node has room for by now, long as the list of all pods may take", async () => {
    await allow("patch-owner");
    const before = sizesOf("ReplicaSet");
    const first = await actor.tell(podOf("ReplicaSet"));
    assert.equal(first.kind, "act", first.reason);
    for (const name of ["one", "two"]) {
      const { status } = await fetch(`${owned.cluster.url}/api/v1/nodes/${name}`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify({ spec: { unschedulable: true } }),
      });
      assert.equal(status, 200);
    }
    const slow: KubeClient = {
      ...actor.kube,
      async request<T>(request: KubeRequest): Promise<T> {
        const isAll = request.query?.["fieldSelector"]?.startsWith("spec.nodeName!=") === true;
        // Longer than an alert waits for it.
        if (isAll) await new Promise((done) => setTimeout(done, 600));
        return await actor.kube.request<T>(request);
      },
    };
    const held = { ...actor.context, kube: slow, recent: createRecent() };
    const { reply } = await actor.deliver(first.reply as Event, held);
    const { outcome, reason } = ResourcesSettled.data.parse(reply?.data);
    assert.equal(outcome, "dropped", reason);
    assert.deepEqual(sizesOf("ReplicaSet"), before);
  });

  it("leaves the other resource of a template as it was when one is written after the other", async () => {
    await allow("patch-owner");
    await actor.settle(await actor.tell(podOf("ReplicaSet")), 2);
    const first = await actor.tell(podOf("ReplicaSet"), { resource: "memory", percent: 92 });
    await actor.settle(first, 2);
    assert.deepEqual(sizesOf("ReplicaSet"), {
      requests: { cpu: "168m", memory: "108Mi" },
      limits: { cpu: "335m", memory: "215Mi" },
    });
  });

  for (const kind of ["Deployment", "StatefulSet", "ReplicaSet", "Rollout"]) {
    it(`adds replicas to a ${kind} through its scale`, async () => {
      await allow("scale-out");
      const { replicas: before = 1 } = read(kind).spec;
      const first = await actor.tell(podOf(kind));
      assert.equal(first.kind, "act", first.reason);
      const told = await actor.settle(first, 2);
      assert.deepEqual(outcomes(told), ["applied"]);
      assert.equal(read(kind).spec.replicas, Math.ceil(before * (92 / 55)));
      assert.equal(intentOf(kind)?.settled?.outcome, "applied");
    });
  }

  it("takes a replica away from a Deployment after a quiet week", async () => {
    await allow("scale-in", quietWeek);
    const first = await actor.tell(podOf("Deployment"), { band: "low", percent: 10 });
    assert.equal(first.kind, "act", first.reason);
    assert.deepEqual(outcomes(await actor.settle(first, 2)), ["applied"]);
    assert.equal(read("Deployment").spec.replicas, 1);
    const again = await actor.tell(podOf("Deployment"), { band: "low", percent: 10 });
    assert.notEqual(again.kind, "act", "the workload cools down");
  });

  const claim = () =>
    owned.cluster.get("v1", "PersistentVolumeClaim", "shop", "data-db-0") as KubeObject & {
      spec: { resources: { requests: { storage: string } } };
      status: { capacity: { storage: string } };
    };

  it("lets a claim grow that is nearly full", async () => {
    await allow("grow-volume", nearlyFull);
    const first = await actor.tell(podOf("StatefulSet"), { band: "low", percent: 10 });
    assert.equal(first.kind, "act", first.reason);
    assert.deepEqual(outcomes(await actor.settle(first, 2)), ["applied"]);
    assert.equal(claim().spec.resources.requests.storage, "2Gi");
    assert.equal(claim().status.capacity.storage, "2Gi");
    assert.equal(
      readIntentAt(claim().metadata.annotations, GROWTH_KEY)?.settled?.outcome,
      "applied",
    );
  });

  it("says that a claim failed to grow, and leaves what was asked for", async () => {
    await allow("grow-volume", nearlyFull);
    owned.cluster.apply([
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
          name: "standard",
          annotations: { "scenario.vigie.dev/expansion": "fails" },
        },
        allowVolumeExpansion: true,
      } as KubeObject,
    ]);
    const told = await actor.settle(
      await actor.tell(podOf("StatefulSet"), { band: "low", percent: 10 }),
    );
    assert.deepEqual(outcomes(told), ["error"]);
    assert.equal(claim().status.capacity.storage, "1Gi");
    const last = DecisionRecord.parse(told.at(-1)?.data);
    assert.deepEqual([last.chosen, last.inputs.tried?.[0]?.action], ["keep", "grow-volume"]);
  });

  for (const [action, kind] of [
    ["patch-owner", "ReplicaSet"],
    ["patch-owner", "Rollout"],
    ["scale-out", "ReplicaSet"],
  ] as const) {
    for (const side of ["before", "after"] as const) {
      it(`${action} of a ${kind} ends the same when it is cut off ${side} any write`, async () => {
        let cutAt = 0;
        for (let isCut = true; isCut; cutAt += 1) {
          await actor?.stop();
          await owned?.cluster.close();
          await allow(action);
          const { reply } = await actor.tell(podOf(kind));
          assert.ok(reply);
          const { context, writes } = actor.cut(cutAt, side);
          const first = await actor.deliver(reply, context).catch(() => null);
          isCut = writes.length > cutAt;
          const second = await actor.deliver(reply);
          if (first !== null) assert.deepEqual(second, first, `cut at ${cutAt}`);
          assert.match(second.kind, /applied|pending/, `cut at ${cutAt}: ${second.reason}`);
          assert.deepEqual(second.kind, intentOf(kind)?.settled?.outcome);
          const { replicas } = read(kind).spec;
          assert.equal(replicas, action === "patch-owner" ? 1 : 2, `cut at ${cutAt}`);
          const { limits } = sizesOf(kind) as { limits: { cpu: string } };
          assert.equal(limits.cpu, action === "patch-owner" ? "335m" : "200m");
        }
        assert.ok(cutAt > 3, `only ${cutAt} writes`);
      }).timeout(60_000);
    }
  }

  it("does not go on with a scale that was paused when its process was killed", async () => {
    await allow("scale-out");
    const { reply } = await actor.tell(podOf("Deployment"));
    assert.ok(reply);
    // The hour's budget, then the intent; the scale itself would be the third write.
    await assert.rejects(actor.deliver(reply, actor.cut(2, "before").context), /killed/);
    assert.ok(intentOf("Deployment"));
    assert.equal(read("Deployment").spec.replicas, 2);
    const paused = { ...actor.context, policy: { ...actor.context.policy, paused: true } };
    const dropped = await actor.deliver(reply, paused);
    assert.deepEqual([dropped.kind, dropped.reason], ["dropped", "everything is paused by policy"]);
    assert.equal(read("Deployment").spec.replicas, 2);
    assert.equal((await actor.deliver(reply)).kind, "applied", "and goes on once it may");
    assert.equal(read("Deployment").spec.replicas, 4);
  });

  it("drops a decision that somebody else made up, and writes nothing", async () => {
    await allow("scale-out");
    const { reply } = await actor.tell(podOf("Deployment"));
    assert.ok(reply);
    const record = DecisionRecord.parse(reply.data);
    const before = owned.cluster.requests().length;
    const alternatives = record.alternatives.map((each) =>
      each.action === "scale-out" ? { ...each, replicas: { before: 2, after: 10 } } : each,
    );
    const forged = await actor.deliver({ ...reply, data: { ...record, alternatives } });
    assert.equal(forged.kind, "dropped");
    assert.match(forged.reason, /decided now it would be .*2→4/);
    const other = record.alternatives.map((each) =>
      each.target === null ? each : { ...each, target: { ...each.target, name: "../secrets/x" } },
    );
    const hostile = { ...reply, data: { ...record, alternatives: other } };
    await assert.rejects(actor.deliver(hostile), { code: "INVALID_NAME", status: 422 });
    assert.equal(owned.cluster.requests().length, before);
  });
});
