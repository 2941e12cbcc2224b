import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { handleReview } from "../../../functions/resource-patch/handle-review.ts";
import { readIntent } from "../../../functions/resource-patch/intent.ts";
import type { Pod } from "../../../functions/resource-patch/pod-facts.ts";
import type { KubeObject } from "../../../knative/local/cluster/kube-object.ts";
import { parseScenario } from "../../../knative/local/cluster/scenario.ts";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { DecisionRecord } from "../../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../../shared/events/settled.ts";
import { ReviewDue } from "../../../shared/events/review.ts";
import type { Outcome } from "../../../shared/function.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import type { Action } from "../../../shared/policy-class.ts";
import { recording } from "../../recording.ts";
import { type Actor, policyWith, startActor } from "./actor.ts";
import { startFake } from "./usage/fake-server.ts";
import { quietWeek } from "./usage/quiet-week.ts";

const managed = { "vigie.dev/managed": "true" };
const bounds = (cpu: string) => ({
  requests: { cpu, memory: "64Mi" },
  limits: { cpu, memory: "64Mi" },
});

describe("what the kubelet makes of a resize", function () {
  this.timeout(15_000);
  let cluster: Cluster;
  let actor: Actor;
  const start = async (
    node: { cpu: string; resize?: "unsupported" | "ignored" | "error" },
    allowedActions: Action[] = ["resize"],
    replicas = 1,
    blindTo = "/nodes/",
    env: Record<string, string> = {},
  ) => {
    const scenario = parseScenario({
      nodes: [
        { name: "one", labels: { home: "one" }, ...node },
        { name: "two", cpu: "8", labels: { home: "one" }, unschedulable: true },
      ],
      namespaces: [{ name: "shop" }],
      workloads: [
        {
          kind: "Deployment",
          namespace: "shop",
          name: "app",
          replicas,
          labels: managed,
          podLabels: managed,
          containers: [{ name: "app", image: "app:1", ...bounds("600m") }],
        },
      ],
    });
    cluster = await startCluster({ port: 0, scenario, ...recording() });
    const policy = policyWith({ allowedActions, canaryFirst: true });
    actor = startActor(cluster, { policy, blindTo, env });
  };
  afterEach(async () => {
    await actor?.stop();
    await cluster?.close();
  });

  const pods = async (): Promise<Pod[]> => {
    const path = "/api/v1/namespaces/shop/pods";
    const { items } = await actor.kube.request<{ items: Pod[] }>({ method: "GET", path });
    return items.filter(({ metadata }) => metadata.name.startsWith("app-"));
  };
  const onlyPod = async (): Promise<Pod> => {
    const [pod] = await pods();
    assert.ok(pod);
    return pod;
  };
  const cpuOf = ({ spec }: Pod) => spec?.containers[0]?.resources?.limits?.["cpu"];
  const settled = ({ reply }: Outcome): Settlement => ResourcesSettled.data.parse(reply?.data);
  const eventOf = ({ reply }: Outcome): Event => {
    assert.ok(reply);
    return reply;
  };
  const carryOut = async (): Promise<Outcome> => {
    const first = await actor.tell(await onlyPod());
    assert.equal(first.kind, "act", first.reason);
    return await actor.deliver(eventOf(first));
  };
  /** Takes the room that the resize wants. */
  const fill = () =>
    cluster.apply([
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "filler", namespace: "shop" },
        spec: {
          nodeName: "one",
          containers: [{ name: "f", image: "f:1", resources: bounds("1200m") }],
        },
      } as KubeObject,
    ]);
  const later = (seconds: number): Context => ({
    ...actor.context,
    now: () => Date.now() + seconds * 1_000,
  });

  it("done: applied, and the intent says so", async () => {
    await start({ cpu: "4" });
    const outcome = await carryOut();
    assert.equal(outcome.kind, "applied", outcome.reason);
    assert.equal(outcome.reply?.["next"], "none");
    const pod = await onlyPod();
    assert.equal(cpuOf(pod), "1004m");
    assert.equal(readIntent(pod.metadata.annotations, "cpu")?.settled?.outcome, "applied");
  });

  it("deferred, then done: the broker's next try finds it applied", async () => {
    await start({ cpu: "2100m" });
    fill();
    const outcome = await carryOut();
    assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["deferred", "follow"]);
    await assert.rejects(actor.deliver(eventOf(outcome)), { code: "STILL_OPEN", status: 503 });
    const path = "/api/v1/namespaces/shop/pods/filler";
    await fetch(`${cluster.url}${path}?gracePeriodSeconds=0`, { method: "DELETE" });
    const followed = await untilOver(() => actor.deliver(eventOf(outcome)));
    assert.equal(followed.kind, "applied");
    assert.notEqual(followed.reply?.id, outcome.reply?.id);
    const again = await actor.deliver(eventOf(outcome));
    assert.deepEqual(again, followed, "a second delivery gives the same answer");
    const pod = await onlyPod();
    assert.equal(readIntent(pod.metadata.annotations, "cpu")?.settled?.outcome, "applied");
  });

  /** As `label-scan` asks for it. */
  const review = async (id: string, context: Context): Promise<Outcome> => {
    const { metadata } = await onlyPod();
    const data = {
      namespace: "shop",
      pod: metadata.name,
      podUid: metadata.uid,
      resource: "cpu" as const,
    };
    return await handleReview({ ...ReviewDue.create({ id, data }), data }, context);
  };

  it("deferred, then done: whoever comes first ends it, and nobody else does", async () => {
    await start({ cpu: "2100m" });
    fill();
    const outcome = await carryOut();
    const path = "/api/v1/namespaces/shop/pods/filler";
    await fetch(`${cluster.url}${path}?gracePeriodSeconds=0`, { method: "DELETE" });
    const wanted = cpuOf(await onlyPod());
    for (let size = ""; size !== wanted; await delay(20)) {
      const { status } = await onlyPod();
      size = status?.containerStatuses?.[0]?.resources?.limits?.["cpu"] ?? "";
    }
    const soon = await review("soon", later(1));
    assert.deepEqual([soon.kind, soon.reply], ["open", undefined]);
    const late = await review("late", later(801));
    assert.equal(late.kind, "applied", late.reason);
    const followed = await actor.deliver(eventOf(outcome), later(802));
    assert.deepEqual([followed.kind, followed.reply], ["noted", undefined]);
    assert.deepEqual(await review("late", later(803)), late);
  });

  it("deferred, then ended by the clock: the other replicas get the size", async () => {
    await start({ cpu: "2700m" }, ["resize"], 2);
    fill();
    const outcome = await carryOut();
    assert.equal(outcome.kind, "deferred", outcome.reason);
    const path = "/api/v1/namespaces/shop/pods/filler";
    await fetch(`${cluster.url}${path}?gracePeriodSeconds=0`, { method: "DELETE" });
    const first = settled(outcome).pod;
    const isDone = async () => {
      const pod = (await pods()).find(({ metadata }) => metadata.name === first);
      return pod?.status?.containerStatuses?.[0]?.resources?.limits?.["cpu"] === "1004m";
    };
    while (!(await isDone())) await delay(20);
    const ended = await review("late", later(801));
    assert.deepEqual([ended.kind, ended.reply?.["next"]], ["applied", "spread"]);
    const told = await actor.settle(ended);
    assert.deepEqual(
      told.map(({ type }) => type.split(".")[3]),
      ["settled", "decided", "settled"],
    );
    assert.deepEqual((await pods()).map(cpuOf), ["1004m", "1004m"]);
  });

  it("deferred, then expired by the clock: another action is decided, with what was tried", async () => {
    await start({ cpu: "2100m" }, ["resize", "patch-owner"]);
    fill();
    const outcome = await carryOut();
    const ended = await review("late", later(801));
    assert.deepEqual([ended.kind, ended.reply?.["next"]], ["expired", "fallback"], ended.reason);
    assert.equal(cpuOf(await onlyPod()), "600m");
    const { inputs } = DecisionRecord.parse((await actor.deliver(eventOf(ended))).reply?.data);
    assert.deepEqual(
      inputs.tried?.map(({ action, decisionId }) => [action, decisionId]),
      [["resize", settled(outcome).decisionId]],
    );
    assert.deepEqual(inputs.backOff?.actions, ["resize"], "it says nothing of a template");
    const followed = await actor.deliver(eventOf(outcome), later(802));
    assert.deepEqual([followed.kind, followed.reply], ["noted", undefined]);
  });

  it("deferred, then opted out: nothing is written any more", async () => {
    await start({ cpu: "2100m" });
    fill();
    const outcome = await carryOut();
    const { metadata } = await onlyPod();
    const none = { metadata: { labels: { "vigie.dev/managed": null } } };
    for (const path of ["deployments/app", `pods/${metadata.name}`]) {
      const group = path.startsWith("pods") ? "/api/v1" : "/apis/apps/v1";
      const { status } = await fetch(`${cluster.url}${group}/namespaces/shop/${path}`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify(none),
      });
      assert.equal(status, 200);
    }
    const before = (await onlyPod()).metadata.resourceVersion;
    const context = { ...later(601), recent: createRecent() };
    const followed = await actor.deliver(eventOf(outcome), context);
    assert.deepEqual([followed.kind, followed.reply], ["kept", undefined]);
    assert.equal((await onlyPod()).metadata.resourceVersion, before);
  });

  it("deferred, then expired: the old values are back, and another action is decided", async () => {
    await start({ cpu: "2100m" }, ["resize", "patch-owner"]);
    fill();
    const outcome = await carryOut();
    assert.equal(outcome.kind, "deferred");
    await assert.rejects(actor.deliver(eventOf(outcome), later(599)), { code: "STILL_OPEN" });
    const expired = await actor.deliver(eventOf(outcome), later(601));
    assert.deepEqual([expired.kind, expired.reply?.["next"]], ["expired", "fallback"]);
    assert.match(expired.reason, /back: app limit 1004m→600m/);
    assert.equal(cpuOf(await onlyPod()), "600m");
    const decided = await actor.deliver(eventOf(expired));
    const { chosen, inputs } = DecisionRecord.parse(decided.reply?.data);
    assert.equal(chosen, "keep");
    assert.deepEqual(
      inputs.tried?.map(({ action, decisionId }) => [action, decisionId]),
      [["resize", settled(outcome).decisionId]],
    );
  });

  it("infeasible: the old values are back, and the template gets the size", async () => {
    // Where no room is known at all, a template may be written that fits nowhere.
    await start({ cpu: "1100m" }, ["resize", "patch-owner"], 1, "/nodes");
    const outcome = await carryOut();
    assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["infeasible", "fallback"]);
    assert.equal(cpuOf(await onlyPod()), "600m");
    const decided = await actor.deliver(eventOf(outcome));
    const record = DecisionRecord.parse(decided.reply?.data);
    assert.notEqual(record.id, settled(outcome).decisionId);
    assert.equal(record.chosen, "patch-owner", record.reason);
    const next = await actor.deliver(eventOf(decided));
    assert.deepEqual([next.kind, next.reply?.["next"]], ["pending", "follow"]);
    const back = await actor.deliver(eventOf(next), later(601));
    assert.deepEqual([back.kind, back.reply?.["next"]], ["expired", "fallback"]);
    const template = cluster.get("apps/v1", "Deployment", "shop", "app") as KubeObject & {
      spec: { template: { spec: { containers: { resources: object }[] } } };
    };
    assert.deepEqual(template.spec.template.spec.containers[0]?.resources, bounds("600m"));
    const last = await actor.deliver(eventOf(back));
    assert.equal(last.kind, "keep", "each action is tried once");
    assert.equal(DecisionRecord.parse(last.reply?.data).inputs.tried?.length, 2);
  });

  it("a rollout that does not come to its end: stays as it is when it is ours no more", async () => {
    await start({ cpu: "1100m" }, ["patch-owner"], 1, "/nodes");
    const outcome = await carryOut();
    assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["pending", "follow"]);
    // Not its status, which its controller moves all the time.
    const written = () => {
      const { spec, metadata } = cluster.get("apps/v1", "Deployment", "shop", "app") as KubeObject;
      return JSON.stringify([spec, metadata.annotations?.["vigie.dev/change-intent-cpu"]]);
    };
    const late = later(601);
    const paused = { ...late, policy: { ...late.policy, paused: true } };
    const before = written();
    const first = await actor.deliver(eventOf(outcome), paused);
    assert.deepEqual([first.kind, first.reason], ["kept", "everything is paused by policy"]);
    assert.equal(written(), before);
    const labels = { "vigie.dev/managed": null };
    await fetch(`${cluster.url}/apis/apps/v1/namespaces/shop/deployments/app`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ metadata: { labels }, spec: { template: { metadata: { labels } } } }),
    });
    const optedOut = written();
    const second = await actor.deliver(eventOf(outcome), late);
    assert.deepEqual([second.kind, second.reply], ["kept", undefined]);
    assert.match(second.reason, /opted in/);
    assert.equal(written(), optedOut);
  });

  it("error: the old values are back", async () => {
    await start({ cpu: "4", resize: "error" });
    const outcome = await carryOut();
    assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["error", "fallback"]);
    assert.equal(cpuOf(await onlyPod()), "600m");
  });

  it("silence: pending, then expired, and the old values are back", async () => {
    await start({ cpu: "4", resize: "ignored" });
    const outcome = await carryOut();
    assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["pending", "follow"]);
    const expired = await actor.deliver(eventOf(outcome), later(601));
    assert.equal(expired.kind, "expired");
    assert.equal(cpuOf(await onlyPod()), "600m");
  });

  it("a node too old: refused by the API server, and nothing is changed", async () => {
    await start({ cpu: "4", resize: "unsupported" });
    const outcome = await carryOut();
    assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["refused", "fallback"]);
    assert.equal(cpuOf(await onlyPod()), "600m");
    const decided = await actor.deliver(eventOf(outcome));
    assert.equal(decided.kind, "keep", "the class allows nothing else");
  });

  it("a pod replaced meanwhile: dropped, and the new one keeps its size", async () => {
    await start({ cpu: "4", resize: "ignored" });
    const first = await actor.tell(await onlyPod());
    const outcome = await actor.deliver(eventOf(first));
    const { name } = (await onlyPod()).metadata;
    const path = `/api/v1/namespaces/shop/pods/${name}`;
    await fetch(`${cluster.url}${path}?gracePeriodSeconds=0`, { method: "DELETE" });
    while (cluster.get("v1", "Pod", "shop", name) !== undefined) await delay(10);
    const followed = await actor.deliver(eventOf(outcome));
    assert.deepEqual([followed.kind, followed.reply?.["next"]], ["dropped", "none"]);
    const redelivered = await actor.deliver(eventOf(first));
    assert.equal(redelivered.kind, "dropped");
    while ((await pods()).length === 0) await delay(10);
    assert.equal(cpuOf(await onlyPod()), "600m");
  });

  describe("and the other replicas", () => {
    it("get the size one by one when the first does well with it", async () => {
      await start({ cpu: "8" }, ["resize"], 3);
      const told = await actor.settle(await actor.tell(await onlyPod()));
      assert.deepEqual(
        told.map(({ type }) => type.split(".")[3]),
        ["decided", "settled", "decided", "settled", "decided", "settled"],
      );
      assert.deepEqual((await pods()).map(cpuOf), ["1004m", "1004m", "1004m"]);
      const ids = told.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      const last = told.at(-1);
      assert.ok(last);
      assert.equal((await actor.deliver(last)).kind, "spread");
      const redelivered = await actor.deliver(told[1] ?? last);
      assert.deepEqual([redelivered.kind, redelivered.reply], ["spread", undefined]);
      const other = ResourcesSettled.data.parse(last.data);
      const { namespace, pod, podUid } = other;
      const due = { namespace, pod, podUid, resource: "cpu" as const };
      const event = { ...ReviewDue.create({ id: "later", data: due }), data: due };
      const kept = await handleReview(event, later(620));
      assert.equal(kept.kind, "held", "no alert speaks of this one");
    });

    it("get less only when the first has done well with it for a while", async () => {
      const prometheus = await startFake(({ form }) =>
        quietWeek(String(form.get("query")), Number(form.get("end"))),
      );
      try {
        const env = { PROMETHEUS_URL: prometheus.url, PROMETHEUS_TIMEOUT_MS: "10000" };
        await start({ cpu: "8" }, ["resize"], 2, "/nodes/", env);
        const first = await actor.tell(await onlyPod(), { band: "low", percent: 4 });
        assert.equal(first.kind, "act", first.reason);
        const outcome = await actor.deliver(eventOf(first));
        assert.deepEqual([outcome.kind, outcome.reply?.["next"]], ["applied", "spread"]);
        const early = actor.deliver(eventOf(outcome), later(25));
        await assert.rejects(early, { code: "STILL_OPEN", status: 503 });
        const decided = await actor.deliver(eventOf(outcome), later(31));
        assert.equal(DecisionRecord.parse(decided.reply?.data).chosen, "resize");
      } finally {
        await prometheus.stop();
      }
    });

    it("keep the old size when the first is not ready with the new one", async () => {
      await start({ cpu: "8" }, ["resize"], 2);
      const outcome = await carryOut();
      assert.equal(outcome.reply?.["next"], "spread");
      const { name } = (await onlyPod()).metadata;
      const status = { conditions: [{ type: "Ready", status: "False" }] };
      await fetch(`${cluster.url}/api/v1/namespaces/shop/pods/${name}/status`, {
        method: "PATCH",
        headers: { "content-type": "application/strategic-merge-patch+json" },
        body: JSON.stringify({ status }),
      });
      const spread = await actor.deliver(eventOf(outcome));
      assert.match(spread.reason, /the first pod is not ready/);
      assert.deepEqual(new Set((await pods()).map(cpuOf)), new Set(["1004m", "600m"]));
    });

    it("keep the old size when the first was taken back meanwhile", async () => {
      await start({ cpu: "8" }, ["resize"], 2);
      const outcome = await carryOut();
      const { namespace, pod, podUid } = settled(outcome);
      const data = { namespace, pod, podUid, resource: "cpu" as const };
      const event = { ...ReviewDue.create({ id: "later", data }), data };
      assert.equal((await handleReview(event, later(620))).kind, "reverted");
      const spread = await actor.deliver(eventOf(outcome));
      assert.match(spread.reason, /does not have that size any more/);
      assert.deepEqual((await pods()).map(cpuOf), ["600m", "600m"]);
    });

    it("are not touched by an event that somebody made up", async () => {
      await start({ cpu: "8" }, ["resize"], 2);
      const outcome = await carryOut();
      const data = { ...settled(outcome), decisionId: "f".repeat(32) };
      const forged = await actor.deliver({ ...eventOf(outcome), data });
      assert.deepEqual([forged.kind, forged.reply], ["noted", undefined]);
    });
  });

  async function untilOver(again: () => Promise<Outcome>): Promise<Outcome> {
    for (;;) {
      try {
        return await again();
      } catch (error) {
        if ((error as { code?: string }).code !== "STILL_OPEN") throw error;
        await delay(50);
      }
    }
  }
});
