import assert from "node:assert/strict";
import { createChangeLedger } from "../../../../functions/resource-patch/change-ledger.ts";
import type { Context } from "../../../../functions/resource-patch/context.ts";
import { handleRevert } from "../../../../functions/resource-patch/handle-revert.ts";
import { handleDecision } from "../../../../functions/resource-patch/handle-decision.ts";
import { handleSettled } from "../../../../functions/resource-patch/handle-settled.ts";
import { handleFound } from "../../../../functions/resource-patch/zones/handle-found.ts";
import type { Event } from "../../../../shared/events/contract.ts";
import { type DecisionRecord } from "../../../../shared/events/decided.ts";
import { RevertDue } from "../../../../shared/events/order.ts";
import { ResourcesSettled, type Settlement } from "../../../../shared/events/settled.ts";
import { WorkloadFound } from "../../../../shared/events/scan.ts";
import { createRecent } from "../../../../shared/kube/recent.ts";
import { DEFAULT_POLICY } from "../../../../shared/policy-default.ts";
import { Policy } from "../../../../shared/policy-schema.ts";
import { waitFor } from "../../../e2e/runtime.ts";
import { type Lab, startLab } from "../cluster.ts";

type Deployment = {
  metadata: {
    uid: string;
    labels: Record<string, string>;
    resourceVersion: string;
    generation: number;
  };
  spec: { template: { spec: { containers: { resources: Record<string, unknown> }[] } } };
};

const { silver } = DEFAULT_POLICY.classes;
const policy = Policy.parse({
  ...DEFAULT_POLICY,
  strategy: "cluster-zone",
  classes: {
    ...DEFAULT_POLICY.classes,
    // One zone after the other, without a minute in between.
    silver: { ...silver, allowedActions: ["patch-owner"], cooldownUpSeconds: 0 },
  },
});

describe("a review by the strategy cluster-zone", function () {
  this.timeout(20_000);
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.stop());

  const context = (change: Partial<Policy> = {}): Context => ({
    ...lab.context,
    // Nothing kept from one call to the next: each sees the cluster as it is.
    recent: createRecent(() => Date.now() * 1e6),
    policy: { ...policy, ...change },
  });
  const found = (kind = "Deployment", name = "web", time = new Date().toISOString()) => {
    const data = { kind, namespace: "shop", name, slaClass: "silver" as const, pods: 1 };
    const event = WorkloadFound.create({ id: `found ${name} ${time}`, time, data });
    return { ...event, data };
  };
  const web = () =>
    structuredClone(
      lab.cluster.get("apps/v1", "Deployment", "shop", "web"),
    ) as unknown as Deployment;
  /** Somebody else does. */
  const writeLimit = async (cpu: string) => {
    const template = {
      spec: { containers: [{ name: "app", resources: { limits: { cpu } } }] },
    };
    await lab.context.kube.request({
      method: "PATCH",
      path: "/apis/apps/v1/namespaces/shop/deployments/web",
      contentType: "application/strategic-merge-patch+json",
      body: { spec: { template } },
    });
  };
  const decided = (reply: Event | undefined) => {
    assert.ok(reply);
    return reply as Event<DecisionRecord> & { data: DecisionRecord };
  };

  it("writes limits and label of the zone in one patch, keeps requests, and says so once", async () => {
    const review = await handleFound(found(), context());
    assert.equal(review.kind, "act");
    const event = decided(review.reply);
    assert.equal(event.data.chosen, "patch-owner");
    assert.deepEqual([event["outcome"], event["action"]], ["act", "patch-owner"]);
    const before = web();
    const first = await handleDecision(event, context());
    assert.equal(first.kind, "pending", first.reason);
    const after = web();
    // Of the small node's 900 m, 80 % and of that 60 %: the limits are above two thirds of the nodes.
    assert.equal(after.metadata.labels["patch"], "high");
    assert.deepEqual(after.spec.template.spec.containers[0]?.resources, {
      requests: { cpu: "200m", memory: "128Mi" },
      limits: { cpu: "432m", memory: "256Mi" },
    });
    assert.equal(after.metadata.generation, before.metadata.generation + 1);

    const again = await handleDecision(event, context());
    assert.deepEqual(again.reply, first.reply);
    assert.ok(again.reply);
    const { outcome } = again.reply.data as Settlement;
    assert.equal(outcome, "pending");
    assert.equal(web().metadata.generation, after.metadata.generation);
  });

  it("tells once more when it is rolled out, and never takes it back", async () => {
    const { reply } = await handleFound(found(), context());
    const told = (await handleDecision(decided(reply), context())).reply;
    assert.ok(told);
    assert.equal(told["next"], "follow");
    const event = { ...told, data: ResourcesSettled.data.parse(told.data) };
    const follow = (seconds = 0, change: Partial<Policy> = {}) =>
      handleSettled(event, { ...context(change), now: () => Date.now() + seconds * 1000 });
    assert.equal((await follow(0, { paused: true })).kind, "kept");
    let ended = await follow().catch(() => null);
    await waitFor("the rollout", async () => {
      ended ??= await follow().catch((error: { code?: string }) => {
        assert.equal(error.code, "STILL_OPEN");
        return null;
      });
      return ended !== null;
    });
    assert.equal(ended?.kind, "applied", ended?.reason);
    assert.notEqual(ended?.reply?.id, told.id);
    assert.equal(ended?.reply?.["next"], "none");
    assert.equal((await follow(700)).reply?.id, ended?.reply?.id);

    await writeLimit("777m");
    assert.equal((await follow()).kind, "superseded");
  });

  it("counts among the changes of the hour once, however often it comes", async () => {
    const counted = () =>
      createChangeLedger(lab.context.kube, createRecent(), "resource-patch-changes").lastHour(
        Date.now(),
        "another decision",
      );
    const event = decided((await handleFound(found(), context())).reply);
    assert.equal(await counted(), 0);
    await handleDecision(event, context());
    await handleDecision(event, context());
    assert.equal(await counted(), 1);
  });

  it("writes nothing when the changes of the hour are spent", async () => {
    const event = decided((await handleFound(found(), context())).reply);
    const ledger = { ...lab.context.ledger, enter: () => Promise.resolve(false) };
    const late = await handleDecision(event, { ...context(), ledger });
    assert.equal(late.kind, "dropped");
    assert.match(late.reason, /in an hour: that is the policy's budget/);
    assert.equal(web().metadata.labels["patch"], undefined);
  });

  it("keeps, and tells nobody, while the zone is the same", async () => {
    const { reply } = await handleFound(found(), context());
    await handleDecision(decided(reply), context());
    const later = new Date(Date.now() + 60_000).toISOString();
    const before = web().metadata.generation;
    const next = await handleFound(found("Deployment", "web", later), context());
    assert.deepEqual([next.kind, next.reply], ["keep", undefined]);
    assert.equal(web().metadata.generation, before);
  });

  it("tells why it keeps when somebody asked for the scan", async () => {
    const event = found();
    const data = { ...event.data, asked: true };
    const { kind, reason, reply } = await handleFound(
      { ...event, data },
      context({ paused: true }),
    );
    assert.deepEqual([kind, reason], ["keep", "everything is paused by policy"]);
    const told = decided(reply);
    assert.deepEqual([told.data.outcome, told.data.reason], [kind, reason]);
    assert.equal(told["outcome"], "keep");
  });

  it("writes nothing when it was paused, or the workload opted out, since it was decided", async () => {
    const event = decided((await handleFound(found(), context())).reply);
    const paused = await handleDecision(event, context({ paused: true }));
    assert.deepEqual([paused.kind, paused.reason], ["dropped", "everything is paused by policy"]);
    const strict = await handleDecision(event, context({ optIn: [] }));
    assert.deepEqual(
      [strict.kind, strict.reason],
      ["dropped", "neither the pod nor its workload has opted in to resizing"],
    );
    const other = await handleDecision(event, context({ strategy: "usage" }));
    assert.equal(other.kind, "dropped");
    assert.equal(web().metadata.labels["patch"], undefined);
  });

  const revert = async (id = "revert web") => {
    const workload = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
    const requestedAt = new Date(Date.now() + 1_000).toISOString();
    const asked = { target: { scope: "all" as const }, requestedAt, by: "ada" };
    const data = { workload, uid: web().metadata.uid, resource: "cpu" as const, ...asked };
    return await handleRevert({ ...RevertDue.create({ id, data }), data }, context());
  };
  const limit = () => web().spec.template.spec.containers[0]?.resources["limits"];

  /** A review that finds the rollout of the one before done. */
  const reviewed = async (under: Context) => {
    let review = await handleFound(found(), under);
    await waitFor("the rollout", async () => {
      if (review.kind === "keep") review = await handleFound(found(), under);
      return review.kind === "act";
    });
    return review;
  };

  it("takes all zones back together when asked, label and all, and is reviewed anew", async () => {
    const first = web();
    assert.equal((await revert()).kind, "kept");
    // The same cluster, called full at 66 % and then at 99 %.
    const zones = [
      { highPercent: 66, cpu: "432m" },
      { highPercent: 99, cpu: "576m" },
    ];
    for (const { highPercent, cpu } of zones) {
      const under = context({ bands: { ...policy.bands, highPercent } });
      const { reply } = await reviewed(under);
      assert.equal((await handleDecision(decided(reply), under)).kind, "pending");
      assert.deepEqual(limit(), { cpu, memory: "256Mi" });
    }
    assert.equal(web().metadata.labels["vigie.dev/resized"], "cpu");

    const back = await revert();
    assert.equal(back.kind, "reverted", back.reason);
    assert.match(back.reason, /^ada wants the first sizes back; back: /);
    assert.deepEqual(web().spec, first.spec);
    assert.deepEqual(web().metadata.labels, first.metadata.labels);
    assert.deepEqual((await revert()).reply, back.reply);
    assert.equal((await revert("another")).kind, "kept");

    assert.equal((await reviewed(context())).kind, "act");
  });

  it("does not take back what others have written since", async () => {
    const { reply } = await handleFound(found(), context());
    await handleDecision(decided(reply), context());
    await writeLimit("777m");
    assert.equal((await revert()).kind, "superseded");
    assert.deepEqual(limit(), { cpu: "777m", memory: "256Mi" });
  });

  it("leaves other kinds, other strategies and what has gone alone", async () => {
    assert.equal((await handleFound(found("StatefulSet"), context())).kind, "skipped");
    assert.equal((await handleFound(found(), context({ strategy: "usage" }))).kind, "skipped");
    assert.equal((await handleFound(found("Deployment", "ghost"), context())).kind, "gone");
  });
});
