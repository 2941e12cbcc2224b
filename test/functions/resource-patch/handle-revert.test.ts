import assert from "node:assert/strict";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { handlePause } from "../../../functions/resource-patch/handle-pause.ts";
import { handleRevert } from "../../../functions/resource-patch/handle-revert.ts";
import { readIntent } from "../../../functions/resource-patch/intent.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { PauseRequested, RevertDue, type Scope } from "../../../shared/events/order.ts";
import { RESIZED_LABEL } from "../../../shared/review-labels.ts";
import { type Lab, startLab } from "./cluster.ts";
import {
  cpuOf,
  cut,
  decideOn,
  editCpu,
  later,
  mark,
  resize,
  review,
  settlementOf,
} from "./steps.ts";

const FIRST = { limit: "500m", request: "200m" };

describe("taking back", () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.stop());

  const revert = (
    name: string,
    context: Context = lab.context,
    {
      target = { scope: "all" } as Scope,
      requestedAt = new Date(context.now() + 1_000).toISOString(),
      id = "revert",
    } = {},
  ) => {
    const { namespace, uid } = lab.pod(name).metadata;
    const data = {
      namespace,
      pod: name,
      podUid: uid,
      resource: "cpu" as const,
      target,
      requestedAt,
      by: "ada",
      note: "it got slow",
    };
    return handleRevert({ ...RevertDue.create({ id, data }), data }, context);
  };
  /** A second resize, when the class's cool-down is over. */
  const resizeAgain = async (name: string) => {
    const at = later(lab.context, 90);
    const decided = await decideOn(lab, name, { observedAt: new Date(at.now()).toISOString() }, at);
    assert.equal(decided.data.outcome, "act", decided.data.reason);
    return settlementOf(await handleDecision(decided, at));
  };

  it("gives the first sizes back, across two resizes", async () => {
    await resize(lab, "app");
    await resizeAgain("app");
    assert.equal(cpuOf(lab, "app").limit, "1401m");
    const at = later(lab.context, 100);
    const ended = await revert("app", at);
    const { outcome, reason } = settlementOf(ended);
    assert.equal(outcome, "reverted");
    assert.match(
      reason,
      /^ada wants the first sizes back: it got slow; back: app limit 1401m→500m/,
    );
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
    assert.equal(lab.pod("app").metadata.labels?.[RESIZED_LABEL], undefined);
    assert.deepEqual(await revert("app", at), ended);
    assert.equal((await revert("app", at, { id: "again" })).reason, "it has its first sizes");
  });

  it("gives the first sizes back when only the second resize went back by itself", async () => {
    await resize(lab, "app");
    await resizeAgain("app");
    assert.equal((await review(lab, "app", later(lab.context, 800))).kind, "reverted");
    assert.equal(cpuOf(lab, "app").limit, "837m");
    assert.equal((await revert("app", later(lab.context, 900))).kind, "reverted");
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
  });

  it("leaves what others have written since", async () => {
    await resize(lab, "app");
    await editCpu(lab, "app", "900m");
    assert.match((await revert("app")).reason, /others have written/);
    assert.equal(cpuOf(lab, "app").limit, "900m");
  });

  it("goes back to what others wrote between two resizes, and no further", async () => {
    await resize(lab, "app");
    await editCpu(lab, "app", "900m");
    await resizeAgain("app");
    assert.equal((await revert("app", later(lab.context, 100))).kind, "reverted");
    assert.equal(cpuOf(lab, "app").limit, "900m");
  });

  it("leaves what was resized after it was asked for", async () => {
    await resize(lab, "app");
    const requestedAt = new Date(Date.now() - 60_000).toISOString();
    assert.match((await revert("app", lab.context, { requestedAt })).reason, /after it was asked/);
  });

  it("is for the workload that is named", async () => {
    await resize(lab, "app");
    const other: Scope = { scope: "workload", namespace: "shop", kind: "Deployment", name: "web" };
    assert.match(
      (await revert("app", lab.context, { target: other })).reason,
      /belongs to Pod app/,
    );
    const own: Scope = { scope: "workload", namespace: "shop", kind: "Pod", name: "app" };
    assert.equal((await revert("app", lab.context, { target: own })).kind, "reverted");
  });

  it("is done while all is paused, and nothing else is", async () => {
    await resize(lab, "app");
    const data = { target: { scope: "all" as const }, by: "bob" };
    await handlePause({ ...PauseRequested.create({ id: "p", data }), data }, lab.context);
    assert.match((await review(lab, "app", later(lab.context, 700))).reason, /is paused by bob/);
    assert.equal(readIntent(lab.pod("app").metadata.annotations, "cpu")?.closed, undefined);
    assert.equal((await revert("app")).kind, "reverted");
  });

  it("writes nothing to what was never resized, or has opted out", async () => {
    const writes = lab.cluster.requests().length;
    assert.match((await revert("app")).reason, /never resized/);
    assert.equal((await revert("stranger")).kind, "kept");
    assert.equal(lab.cluster.requests().length, writes);
    await resize(lab, "twins");
    await mark(lab, "twins", { labels: { "vigie.dev/managed": null } });
    assert.match((await revert("twins")).reason, /opted in/);
  });

  for (const side of ["before", "after"] as const) {
    it(`ends the same when it is cut off ${side} any request`, async () => {
      let cutAt = 0;
      for (let isCut = true; isCut; cutAt += 1) {
        await lab.stop();
        lab = await startLab();
        await resize(lab, "app");
        const at = later(lab.context, 1);
        const { context, requests } = cut(at, cutAt, side);
        await revert("app", context).catch(() => null);
        isCut = requests.length > cutAt;
        const { reason } = await revert("app", at);
        assert.match(reason, /ada wants the first sizes back/, `cut at ${cutAt}`);
        assert.deepEqual(cpuOf(lab, "app"), FIRST, `cut at ${cutAt}`);
      }
      assert.ok(cutAt > 4, `only ${cutAt} requests`);
    }).timeout(20_000);
  }
});
