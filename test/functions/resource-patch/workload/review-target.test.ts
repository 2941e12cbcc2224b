import assert from "node:assert/strict";
import { findReviews } from "../../../../functions/label-scan/find-changed.ts";
import { readBackOff } from "../../../../functions/resource-patch/back-off.ts";
import type { Context } from "../../../../functions/resource-patch/context.ts";
import { handleReview } from "../../../../functions/resource-patch/handle-review.ts";
import { changeKey, readIntentAt } from "../../../../functions/resource-patch/intent.ts";
import type { Pod } from "../../../../functions/resource-patch/pod-facts.ts";
import type { KubeObject } from "../../../../knative/local/cluster/kube-object.ts";
import type { Event } from "../../../../shared/events/contract.ts";
import { Ping } from "../../../../shared/events/ping.ts";
import { DecisionRecord } from "../../../../shared/events/decided.ts";
import { ResourcesSettled } from "../../../../shared/events/settled.ts";
import { ReviewDue } from "../../../../shared/events/review.ts";
import type { Outcome } from "../../../../shared/function.ts";
import { createRecent } from "../../../../shared/kube/recent.ts";
import type { Action } from "../../../../shared/policy-class.ts";
import { REVIEW_LABEL } from "../../../../shared/review-labels.ts";
import { waitFor } from "../../../e2e/runtime.ts";
import { accountToken } from "../../account.ts";
import { clientWith } from "../../account-client.ts";
import { type OwnedPods, OWNERS, startOwnedPods } from "../../owned-pods.ts";
import { type Actor, policyWith, startActor } from "../actor.ts";
import { nearlyFull, quietWeek } from "../usage/quiet-week.ts";
import { startFake } from "../usage/fake-server.ts";

/** The class silver gives a change 600 s. */
const IN_TIME = 590;
const TOO_LATE = 620;
/** When no delivery of the change's own events comes any more. */
const LEFT_ALONE = 810;

type Seen = KubeObject & {
  spec: {
    replicas: number;
    template: { spec: { containers: { resources: { limits: { cpu: string } } }[] } };
  };
};

describe("what became of a change of a workload", function () {
  this.timeout(20_000);
  let owned: OwnedPods;
  let actor: Actor;
  let prometheus: Awaited<ReturnType<typeof startFake>> | undefined;
  const allow = async (...allowedActions: Action[]) => {
    owned = await startOwnedPods({ nodes: [{ name: "one" }, { name: "two" }] });
    const policy = policyWith({ allowedActions });
    const says = allowedActions.includes("grow-volume") ? nearlyFull : quietWeek;
    if (!allowedActions.some((action) => action === "scale-in" || action === "grow-volume")) {
      actor = startActor(owned.cluster, { policy });
      return;
    }
    prometheus = await startFake(({ form }) =>
      says(String(form.get("query")), Number(form.get("end"))),
    );
    actor = startActor(owned.cluster, { policy, env: { PROMETHEUS_URL: prometheus.url } });
  };
  const stop = async () => {
    await actor?.stop();
    await prometheus?.stop();
    prometheus = undefined;
    await owned?.cluster.close();
  };
  afterEach(stop);

  const podOf = (kind: string): Pod => owned.podOf(kind);
  const read = (kind: string): Seen => owned.ownerOf(kind) as Seen;
  const limitOf = (kind: string) =>
    read(kind).spec.template.spec.containers[0]?.resources.limits.cpu;
  const intentOf = (kind: string) =>
    readIntentAt(read(kind).metadata.annotations, changeKey("cpu"));
  const labelOf = (kind: string) => read(kind).metadata.labels?.[REVIEW_LABEL];
  const backOffOf = (kind: string, action: Action) =>
    readBackOff(read(kind).metadata.annotations, "cpu", action);
  const later = (seconds: number): Context => ({
    ...actor.context,
    recent: createRecent(),
    now: () => Date.now() + seconds * 1_000,
  });
  const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
  /** What `label-scan` sends at the next tick of the clock. */
  const review = async (kind: string, context: Context, id = "review"): Promise<Outcome> => {
    const [apiVersion, name] = OWNERS[kind] ?? ["", ""];
    const workload = { apiVersion, kind, namespace: "shop", name };
    const data = { workload, uid: String(read(kind).metadata.uid), resource: "cpu" as const };
    return await handleReview({ ...ReviewDue.create({ id, data }), data }, context);
  };
  const carryOut = async (kind: string, fact?: Parameters<Actor["tell"]>[1]): Promise<Outcome> => {
    const first = await actor.tell(podOf(kind), fact);
    assert.equal(first.kind, "act", first.reason);
    let outcome = await actor.deliver(first.reply as Event);
    const asked = outcome.reply as Event;
    if (outcome.kind !== "pending") return outcome;
    await waitFor("its end", async () => {
      outcome = await actor.deliver(asked).catch(() => outcome);
      return outcome.kind !== "pending";
    });
    return outcome;
  };
  const settled = ({ reply, reason }: Outcome) => {
    assert.ok(reply, reason);
    return ResourcesSettled.data.parse(reply.data);
  };
  const patch = async (path: string, body: object) => {
    const { status } = await fetch(`${owned.cluster.url}${path}`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify(body),
    });
    assert.equal(status, 200);
  };
  const write = (kind: string, body: object) => {
    const [apiVersion, name] = OWNERS[kind] ?? ["", ""];
    return patch(`/apis/${apiVersion}/namespaces/shop/${kind.toLowerCase()}s/${name}`, body);
  };

  it("more replicas that did not help go away again, and are not tried again at once", async () => {
    await allow("scale-out");
    assert.equal((await carryOut("Deployment")).kind, "applied");
    assert.equal(read("Deployment").spec.replicas, 4);
    assert.match(labelOf("Deployment") ?? "", /^cpu-\d{10}$/);
    const early = await review("Deployment", later(IN_TIME));
    assert.deepEqual([early.kind, early.reply], ["open", undefined]);
    const ended = await review("Deployment", later(TOO_LATE));
    assert.deepEqual([ended.kind, ended.reply?.["next"]], ["reverted", "none"], ended.reason);
    assert.match(ended.reason, /did not leave the band high within 600 s; back: .* replicas 4→2/);
    assert.equal(settled(ended).action, "scale-out");
    assert.equal(read("Deployment").spec.replicas, 2);
    assert.equal(labelOf("Deployment"), undefined);
    assert.deepEqual(await review("Deployment", later(TOO_LATE + 9)), ended);
    const path = "/apis/events.k8s.io/v1/namespaces/shop/events";
    const { items } = (await (await fetch(`${owned.cluster.url}${path}`)).json()) as {
      items: { reason: string; regarding: { kind: string } }[];
    };
    const told = items
      .filter(({ reason }) => reason.startsWith("Scale"))
      .map(({ reason, regarding }) => `${reason} ${regarding.kind}`);
    assert.deepEqual(told.toSorted(), [
      "ScaleOutReverted Deployment",
      "ScaleOutReverted Pod",
      "ScaledOut Deployment",
      "ScaledOut Pod",
    ]);

    const soon = { ...later(TOO_LATE + 300) };
    const kept = await actor.tell(podOf("Deployment"), { observedAt: at(TOO_LATE + 300) }, soon);
    const { alternatives } = DecisionRecord.parse(kept.reply?.data);
    const guards = alternatives.find((each) => each.action === "scale-out")?.guards ?? [];
    assert.deepEqual(
      guards.map(({ code }) => code),
      ["BACKING_OFF"],
    );
    assert.match(guards[0]?.reason ?? "", /1 change up was taken back; not again/);
    const much = later(TOO_LATE + 700);
    const again = await actor.tell(podOf("Deployment"), { observedAt: at(TOO_LATE + 700) }, much);
    assert.equal(again.kind, "act", again.reason);
  });

  it("more replicas relieve when the load of the pod leaves the band high", async () => {
    await allow("scale-out");
    await carryOut("Deployment");
    const fact = { band: "moderate", percent: 50, observedAt: at(30) } as const;
    const ended = await actor.tell(podOf("Deployment"), fact, later(40));
    assert.equal(settled(ended).outcome, "relieved", ended.reason);
    assert.equal(labelOf("Deployment"), undefined);
    assert.equal(read("Deployment").spec.replicas, 4);
    assert.deepEqual(await actor.tell(podOf("Deployment"), fact, later(50)), ended);
  });

  it("one replica less comes back when the load is high since", async () => {
    await allow("scale-in");
    assert.equal((await carryOut("Deployment", { band: "low", percent: 10 })).kind, "applied");
    assert.equal(read("Deployment").spec.replicas, 1);
    const path = "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb";
    const { items } = (await (await fetch(`${owned.cluster.url}${path}`)).json()) as {
      items: Pod[];
    };
    const [left] = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.ok(left);
    const ended = await actor.tell(left, { percent: 92, observedAt: at(60) }, later(70));
    assert.equal(settled(ended).outcome, "reverted", ended.reason);
    assert.equal(read("Deployment").spec.replicas, 2);
    assert.deepEqual(backOffOf("Deployment", "scale-in")?.actions, ["scale-in"]);
  });

  it("a new template that its pods are killed with goes back exactly, and stops sizes from that side", async () => {
    await allow("patch-owner");
    assert.equal((await carryOut("Deployment")).kind, "applied");
    assert.equal(limitOf("Deployment"), "335m");
    const all = () =>
      actor.kube.request<{ items: Pod[] }>({
        method: "GET",
        path: "/api/v1/namespaces/shop/pods",
        query: { labelSelector: "app=web" },
      });
    const { items } = await all();
    const alive = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.equal((await review("Deployment", later(IN_TIME))).kind, "open");
    const load = JSON.stringify({ app: { cpuMillis: 100, memoryBytes: 400 * 2 ** 20 } });
    const annotations = { "scenario.vigie.dev/load": load };
    await patch(`/api/v1/namespaces/shop/pods/${alive[0]?.metadata.name}`, {
      metadata: { annotations },
    });
    await waitFor("the kill", async () =>
      (await all()).items.some(({ status }) =>
        status?.containerStatuses?.some(({ restartCount }) => restartCount > 0),
      ),
    );
    const ended = await review("Deployment", later(60));
    assert.equal(settled(ended).outcome, "reverted", ended.reason);
    assert.match(ended.reason, /killed for want of memory since; back: Deployment web: app limit/);
    assert.equal(limitOf("Deployment"), "200m");
    assert.equal(labelOf("Deployment"), undefined);
    const { direction, actions } = backOffOf("Deployment", "patch-owner") ?? {};
    assert.deepEqual([direction, actions], ["up", undefined]);
  });

  for (const kind of ["Rollout", "Service"]) {
    it(`a new template of a ${kind} relieves when no pod of it is under a high load any more`, async () => {
      await allow("patch-owner");
      assert.equal((await carryOut(kind)).kind, "applied");
      assert.match(labelOf(kind) ?? "", /^cpu-\d{10}$/);
      await waitFor("the old pod to go", () => {
        const { name } = podOf(kind).metadata;
        return owned.cluster.get("v1", "Pod", "shop", name) === undefined;
      });
      const ended = await review(kind, later(TOO_LATE));
      assert.equal(settled(ended).outcome, "relieved", ended.reason);
      assert.equal(limitOf(kind), "335m");
      assert.equal(labelOf(kind), undefined);
    });
  }

  for (const kind of ["ReplicaSet", "CronJob"]) {
    it(`a new template of a ${kind}, which nothing rolls out, is held when it did no harm`, async () => {
      await allow("patch-owner");
      assert.equal((await carryOut(kind)).kind, "applied");
      const ended = await review(kind, later(TOO_LATE));
      assert.equal(settled(ended).outcome, "held", ended.reason);
    });
  }

  it("leaves what others have changed since", async () => {
    await allow("scale-out");
    await carryOut("Deployment");
    await write("Deployment", { spec: { replicas: 7 } });
    const ended = await review("Deployment", later(TOO_LATE));
    assert.equal(settled(ended).outcome, "superseded", ended.reason);
    assert.equal(read("Deployment").spec.replicas, 7);
    assert.equal(labelOf("Deployment"), undefined);
  });

  it("writes nothing while it is paused, nor to what has opted out since", async () => {
    await allow("scale-out");
    await carryOut("Deployment");
    const late = later(TOO_LATE);
    const before = JSON.stringify(read("Deployment").metadata.annotations);
    const paused = { ...late, policy: { ...late.policy, paused: true } };
    assert.equal((await review("Deployment", paused)).kind, "kept");
    const labels = { "vigie.dev/managed": null };
    await write("Deployment", {
      metadata: { labels },
      spec: { template: { metadata: { labels } } },
    });
    const optedOut = await review("Deployment", later(TOO_LATE));
    assert.deepEqual([optedOut.kind, optedOut.reply], ["kept", undefined], optedOut.reason);
    const { annotations, labels: left } = read("Deployment").metadata;
    assert.equal(annotations?.[changeKey("cpu")], JSON.parse(before)[changeKey("cpu")]);
    assert.ok(left?.[REVIEW_LABEL]);
    assert.equal(read("Deployment").spec.replicas, 4);
  });

  it("ends what a killed process has left open, when its event does not come again", async () => {
    await allow("scale-out");
    const first = await actor.tell(podOf("Deployment"));
    // The hour's budget, then the intent; the scale itself would be the third write.
    const { context } = actor.cut(2, "before");
    await assert.rejects(actor.deliver(first.reply as Event, context), /killed/);
    assert.equal((await review("Deployment", later(IN_TIME))).kind, "open");
    const ended = await review("Deployment", later(LEFT_ALONE));
    assert.equal(settled(ended).outcome, "dropped", ended.reason);
    assert.deepEqual(await review("Deployment", later(LEFT_ALONE)), ended);
    const redelivered = await actor.deliver(first.reply as Event);
    assert.deepEqual([redelivered.kind, redelivered.reply], ["noted", undefined]);
    assert.equal(read("Deployment").spec.replicas, 2);
  });

  it("is not begun anew by its decision when a review has taken it back", async () => {
    await allow("scale-out");
    const first = await actor.tell(podOf("Deployment"));
    // The hour's budget, the intent and the scale: nobody has written how that ended.
    const { context } = actor.cut(3, "before");
    await assert.rejects(actor.deliver(first.reply as Event, context), /killed/);
    assert.equal(read("Deployment").spec.replicas, 4);
    const late = later(LEFT_ALONE);
    // One of the four does not become ready.
    const unready: Context["kube"] = {
      ...late.kube,
      namespace: "shop",
      async request<T>(request: Parameters<Context["kube"]["request"]>[0]): Promise<T> {
        const answer = await late.kube.request<T>(request);
        const isIt = request.method === "GET" && request.path.endsWith("/deployments/web");
        const { status = {} } = answer as { status?: object };
        return isIt ? { ...answer, status: { ...status, readyReplicas: 3 } } : answer;
      },
    };
    const ended = await review("Deployment", { ...late, kube: unready });
    assert.equal(settled(ended).outcome, "expired", ended.reason);
    assert.equal(ended.reply?.["next"], "fallback");
    const redelivered = await actor.deliver(first.reply as Event);
    assert.deepEqual([redelivered.kind, redelivered.reply], ["noted", undefined]);
    assert.equal(read("Deployment").spec.replicas, 2);
  });

  it("is found by its label, like what is open of a pod", async () => {
    await allow("scale-out");
    await carryOut("Deployment");
    await carryOut("Rollout");
    const sent: Event[] = [];
    const kube = clientWith(owned.cluster, accountToken(owned.cluster, "label-scan"));
    const tick = Ping.create({ id: "1", source: "/x/relief-clock", data: {} });
    const effects = {
      kube,
      policy: actor.context.policy,
      log: actor.context.log,
      send: (event: Event) => Promise.resolve(void sent.push(event)),
      now: () => performance.now(),
      clock: () => Date.now() + 1_000,
    };
    assert.match((await findReviews(effects, tick)).reason, /^2 /);
    await kube.close();
    const found = sent.map(({ subject, data }) => [subject, ReviewDue.data.parse(data)] as const);
    assert.deepEqual(
      found.map(([subject]) => subject),
      ["shop/Deployment/web", "shop/Rollout/canary"],
    );
    for (const [, data] of found) {
      const event = ReviewDue.create({ id: "found", data });
      const ended = await handleReview({ ...event, data }, later(TOO_LATE));
      assert.equal(settled(ended).outcome, "reverted", ended.reason);
    }
    assert.equal(read("Rollout").spec.replicas, 1);
  });

  for (const [action, kind] of [
    ["patch-owner", "ReplicaSet"],
    ["scale-out", "Rollout"],
  ] as const) {
    for (const side of ["before", "after"] as const) {
      it(`${action} of a ${kind} goes back all the same when it is cut off ${side} any write`, async () => {
        let cutAt = 0;
        for (let isCut = true; isCut; cutAt += 1) {
          await stop();
          await allow(action);
          assert.equal((await carryOut(kind)).kind, "applied");
          const { context, writes } = actor.cut(cutAt, side);
          await review(kind, sicken(kind, action, context.kube)).catch(() => null);
          isCut = writes.length > cutAt;
          const ended = await review(kind, sicken(kind, action, actor.kube), "another");
          const { closed } = intentOf(kind) ?? {};
          assert.equal(closed?.outcome, "reverted", `cut at ${cutAt}: ${ended.reason}`);
          assert.equal(read(kind).spec.replicas, 1, `cut at ${cutAt}`);
          assert.equal(limitOf(kind), "200m", `cut at ${cutAt}`);
          assert.equal(backOffOf(kind, action)?.failures, 1, `cut at ${cutAt}`);
          assert.equal(labelOf(kind), undefined);
        }
        assert.ok(cutAt > 4, `only ${cutAt} writes`);
      }).timeout(40_000);
    }
  }

  /** A context in which the change has to go back: its time is over, or one of its pods restarted. */
  function sicken(kind: string, action: Action, kube: Context["kube"]): Context {
    if (action === "scale-out") return { ...later(TOO_LATE), kube };
    const context = later(60);
    const own = { ...podOf(kind).metadata, name: "lone-new", creationTimestamp: at(1) };
    const finishedAt = at(1);
    const terminated = { exitCode: 137, reason: "OOMKilled", finishedAt };
    const status = { containerStatuses: [{ name: "app", lastState: { terminated } }] };
    return {
      ...context,
      kube: {
        ...kube,
        async request<T>(request: Parameters<Context["kube"]["request"]>[0]): Promise<T> {
          const isList = request.path.endsWith("/pods");
          if (isList) return { items: [request.pick?.({ metadata: own, status })] } as T;
          return await kube.request<T>(request);
        },
      },
    };
  }

  it("says of a claim by name that nothing is taken back", async () => {
    await allow("grow-volume");
    const first = await actor.tell(podOf("StatefulSet"), { band: "low", percent: 10 });
    const record = DecisionRecord.parse(first.reply?.data);
    assert.equal(record.chosen, "grow-volume");
    const outcome = await actor.deliver(first.reply as Event);
    assert.match(outcome.reason, /not taken back whatever becomes of it, for no claim shrinks/);
    const claim = owned.cluster.get("v1", "PersistentVolumeClaim", "shop", "data-db-0");
    assert.equal(claim?.metadata.labels?.[REVIEW_LABEL], undefined);
  });
});
