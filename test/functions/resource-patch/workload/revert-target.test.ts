import assert from "node:assert/strict";
import { findReverts } from "../../../../functions/label-scan/find-changed.ts";
import type { Context } from "../../../../functions/resource-patch/context.ts";
import { handleRevert } from "../../../../functions/resource-patch/handle-revert.ts";
import { changeKey, readIntentAt } from "../../../../functions/resource-patch/intent.ts";
import type { KubeObject } from "../../../../knative/local/cluster/kube-object.ts";
import type { Event } from "../../../../shared/events/contract.ts";
import { RevertDue, RevertRequested, type Scope } from "../../../../shared/events/order.ts";
import type { Outcome } from "../../../../shared/function.ts";
import { createRecent } from "../../../../shared/kube/recent.ts";
import type { Action } from "../../../../shared/policy-class.ts";
import { RESIZED_LABEL } from "../../../../shared/review-labels.ts";
import { waitFor } from "../../../e2e/runtime.ts";
import { accountToken } from "../../account.ts";
import { clientWith } from "../../account-client.ts";
import { type OwnedPods, startOwnedPods } from "../../owned-pods.ts";
import { type Actor, policyWith, startActor } from "../actor.ts";

type Seen = KubeObject & {
  spec: {
    replicas: number;
    template: { spec: { containers: { resources: { limits: { cpu: string } } }[] } };
  };
};

const WORKLOAD = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  namespace: "shop",
  name: "lone",
} as const;

describe("taking back what was done to a workload", function () {
  this.timeout(20_000);
  let owned: OwnedPods;
  let actor: Actor;
  const start = async () => {
    owned = await startOwnedPods({ nodes: [{ name: "one" }, { name: "two" }] });
    actor = startActor(owned.cluster, { policy: policyWith({}) });
  };
  const stop = async () => {
    await actor?.stop();
    await owned?.cluster.close();
  };
  beforeEach(start);
  afterEach(stop);

  const read = () => {
    const { apiVersion, kind, namespace, name } = WORKLOAD;
    return owned.cluster.get(apiVersion, kind, namespace, name) as Seen;
  };
  const limit = () => read().spec.template.spec.containers[0]?.resources.limits.cpu;
  const intent = () => readIntentAt(read().metadata.annotations, changeKey("cpu"));
  const label = () => read().metadata.labels?.[RESIZED_LABEL];
  const at = (seconds: number, ...allowedActions: Action[]): Context => ({
    ...actor.context,
    recent: createRecent(),
    policy: policyWith({ allowedActions }),
    now: () => Date.now() + seconds * 1_000,
  });
  /** A high load so many seconds from now, for which only one action is allowed. */
  const change = async (action: Action, seconds: number) => {
    const pod = owned.podOf(WORKLOAD.kind);
    const context = at(seconds, action);
    const observedAt = new Date(context.now()).toISOString();
    const { reply, reason } = await actor.tell(pod, { observedAt }, context);
    let outcome = await actor.deliver(reply as Event, context);
    if (outcome.kind === "pending") {
      const asked = outcome.reply as Event;
      await waitFor("its end", async () => {
        outcome = await actor.deliver(asked, context).catch(() => outcome);
        return outcome.kind !== "pending";
      });
    }
    assert.equal(outcome.kind, "applied", `${reason}; ${outcome.reason}`);
  };
  const revert = async (
    context: Context,
    { target = { scope: "all" } as Scope, askedSeconds = 3_600, id = "revert" } = {},
  ): Promise<Outcome> => {
    const data = {
      workload: WORKLOAD,
      uid: String(read().metadata.uid),
      resource: "cpu" as const,
      target,
      requestedAt: new Date(Date.now() + askedSeconds * 1_000).toISOString(),
      by: "ada",
      note: "it got slow",
    };
    return await handleRevert({ ...RevertDue.create({ id, data }), data }, context);
  };
  const scaleTo = async (replicas: number) => {
    const path = "/apis/apps/v1/namespaces/shop/replicasets/lone/scale";
    const { status } = await fetch(`${owned.cluster.url}${path}`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ spec: { replicas } }),
    });
    assert.equal(status, 200);
  };

  it("gives the first sizes and replicas back, across three changes", async () => {
    await change("patch-owner", 0);
    assert.equal(label(), "cpu");
    await change("scale-out", 700);
    await change("scale-out", 1_100);
    assert.ok(read().spec.replicas > 2);
    const last = read().spec.replicas;
    const ended = await revert(at(1_500));
    assert.equal(ended.kind, "reverted", ended.reason);
    assert.match(ended.reason, /^ada wants the first sizes back: it got slow; back: .*335m→200m/);
    assert.match(ended.reason, new RegExp(`; back: ReplicaSet lone replicas ${last}→1`));
    assert.deepEqual([limit(), read().spec.replicas], ["200m", 1]);
    assert.equal(label(), undefined);
    assert.deepEqual(await revert(at(1_600)), ended);
    const again = await revert(at(1_700), { id: "another" });
    assert.deepEqual([again.kind, again.reply], ["kept", undefined]);
  });

  it("leaves what others have set since, and what was changed after it was asked for", async () => {
    await change("patch-owner", 0);
    await change("scale-out", 700);
    const early = await revert(at(750), { askedSeconds: 10 });
    assert.match(early.reason, /after it was asked for/);
    const other = {
      scope: "workload",
      namespace: "shop",
      kind: "Deployment",
      name: "lone",
    } as const;
    assert.match((await revert(at(750), { target: other })).reason, /was not asked back/);
    await scaleTo(5);
    const ended = await revert(at(800));
    assert.equal(ended.kind, "superseded");
    assert.deepEqual([limit(), read().spec.replicas], ["200m", 5]);
    assert.equal(label(), undefined);
  });

  it("is found by its label, and done while all is paused", async () => {
    await change("scale-out", 0);
    const sent: Event[] = [];
    const kube = clientWith(owned.cluster, accountToken(owned.cluster, "label-scan"));
    const data = { target: { scope: "namespace" as const, namespace: "shop" }, by: "ada" };
    const asked = RevertRequested.create({
      id: "ask",
      time: new Date(Date.now() + 60_000).toISOString(),
      data,
    });
    const effects = {
      kube,
      policy: actor.context.policy,
      log: actor.context.log,
      send: (event: Event) => Promise.resolve(void sent.push(event)),
      now: () => performance.now(),
      clock: Date.now,
    };
    await findReverts(effects, { ...asked, data });
    await kube.close();
    assert.deepEqual(
      sent.map(({ subject }) => subject),
      ["shop/ReplicaSet/lone"],
    );
    const [due] = sent;
    assert.ok(due);
    const order = RevertDue.data.parse(due.data);
    const paused = at(90);
    const context = { ...paused, policy: { ...paused.policy, paused: true } };
    assert.equal((await handleRevert({ ...due, data: order }, context)).kind, "reverted");
    assert.equal(read().spec.replicas, 1);
  });

  for (const side of ["before", "after"] as const) {
    it(`ends the same when it is cut off ${side} any write`, async () => {
      let cutAt = 0;
      for (let isCut = true; isCut; cutAt += 1) {
        await stop();
        await start();
        await change("patch-owner", 0);
        await change("scale-out", 700);
        const { context, writes } = actor.cut(cutAt, side);
        await revert({ ...at(800), kube: context.kube }).catch(() => null);
        isCut = writes.length > cutAt;
        const ended = await revert(at(800), { id: "another" });
        assert.deepEqual([limit(), read().spec.replicas], ["200m", 1], `cut at ${cutAt}`);
        assert.equal(intent()?.closed?.outcome, "reverted", `cut at ${cutAt}: ${ended.reason}`);
        assert.equal(label(), undefined, `cut at ${cutAt}`);
      }
      assert.ok(cutAt > 4, `only ${cutAt} writes`);
    }).timeout(40_000);
  }
});
