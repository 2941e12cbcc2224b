import assert from "node:assert/strict";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { handleApproval } from "../../../functions/resource-patch/handle-approval.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { proposalKey, readProposal } from "../../../functions/resource-patch/proposal.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { type Approval, ApprovalGiven, PauseRequested } from "../../../shared/events/order.ts";
import { handlePause } from "../../../functions/resource-patch/handle-pause.ts";
import { REVIEW_LABEL } from "../../../shared/review-labels.ts";
import { type Lab, startLab } from "./cluster.ts";
import { cpuOf, cut, decideOn, editCpu, later, mark, review, settlementOf } from "./steps.ts";

const FIRST = { limit: "500m", request: "200m" };
const RAISED = { limit: "837m", request: "335m" };

describe("approval", () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
    await mark(lab, "app", { annotations: { "vigie.dev/mode": "approve" } });
  });
  afterEach(() => lab.stop());

  const propose = async (): Promise<string> => {
    const decided = await decideOn(lab, "app");
    assert.equal(decided["outcome"], "propose", decided.data.reason);
    const { kind, reason } = await handleDecision(decided, lab.context);
    assert.equal(kind, "proposed", reason);
    return decided.data.id;
  };
  const answer = (id: string, kind: "given" | "denied", context: Context = lab.context) => {
    const data: Approval = { decisionId: id, namespace: "shop", pod: "app", by: "ada" };
    const event: Event<Approval> = ApprovalGiven.create({ id: `answer-${kind}`, data });
    return handleApproval({ ...event, data }, kind, context);
  };
  const kept = () => readProposal(lab.pod("app").metadata.annotations, "cpu");

  it("keeps a proposal on the pod, with what and until when, and resizes nothing", async () => {
    const id = await propose();
    const proposal = kept();
    assert.ok(proposal);
    assert.equal(proposal.id, id);
    assert.deepEqual(proposal.alternative.changes[0]?.after, { request: "335m", limit: "837m" });
    assert.equal(Date.parse(proposal.until) - Date.parse(proposal.at), 3_600_000);
    const text = lab.pod("app").metadata.annotations?.[proposalKey("cpu")] ?? "";
    assert.ok(text.length < 4_096, `${text.length} characters`);
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
    const { items } = await lab.context.kube.request<{ items: { reason: string; note: string }[] }>(
      { method: "GET", path: "/apis/events.k8s.io/v1/namespaces/shop/events" },
    );
    const note = items.find(({ reason }) => reason === "ResizeProposed")?.note ?? "";
    assert.match(note, new RegExp(`limit 500m→837m.*waits for a yes to decision ${id} until`));
  });

  it("carries out what was approved, and once when it is approved twice", async () => {
    const id = await propose();
    const first = await answer(id, "given");
    assert.equal(settlementOf(first).outcome, "applied");
    assert.equal(settlementOf(first).decisionId, id);
    assert.deepEqual(cpuOf(lab, "app"), RAISED);
    const writes = lab.cluster.requests().length;
    assert.deepEqual(await answer(id, "given"), first);
    assert.deepEqual(await answer(id, "denied"), first);
    assert.equal(lab.cluster.requests().length, writes);
  });

  it("does nothing after a no, even when a yes comes later", async () => {
    const id = await propose();
    const first = await answer(id, "denied");
    assert.equal(settlementOf(first).outcome, "denied");
    assert.deepEqual(await answer(id, "given"), first);
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
    assert.equal(lab.pod("app").metadata.labels?.[REVIEW_LABEL], undefined);
  });

  it("refuses a yes that comes too late, with the reason", async () => {
    const id = await propose();
    const { outcome, reason } = settlementOf(await answer(id, "given", later(lab.context, 3_601)));
    assert.equal(outcome, "expired");
    assert.match(reason, /nobody said yes before \d{4}-/);
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
  });

  it("expires by itself when its time is over", async () => {
    const id = await propose();
    assert.equal((await review(lab, "app", later(lab.context, 3_590))).kind, "open");
    const { outcome, decisionId } = settlementOf(
      await review(lab, "app", later(lab.context, 3_601)),
    );
    assert.deepEqual([outcome, decisionId], ["expired", id]);
    assert.equal(lab.pod("app").metadata.labels?.[REVIEW_LABEL], undefined);
  });

  it("asks the guards again of the live pod", async () => {
    const id = await propose();
    await mark(lab, "app", { labels: { "vigie.dev/managed": null } });
    const context = {
      ...lab.context,
      recent: { read: <T>(_: string, read: () => Promise<T>) => read() },
    };
    await assert.rejects(answer(id, "given", context), { code: "NOT_ALLOWED", status: 422 });
    await mark(lab, "app", { labels: { "vigie.dev/managed": "true" } });
    await editCpu(lab, "app", "600m");
    const { outcome, reason } = settlementOf(await answer(id, "given"));
    assert.deepEqual(
      [outcome, /decided now it would be app limit 600m/.test(reason)],
      ["dropped", true],
    );
    assert.equal(cpuOf(lab, "app").limit, "600m");
  });

  it("waits while the pod is paused, and can be approved again after it", async () => {
    const id = await propose();
    const data = { target: { scope: "all" as const }, by: "bob", note: "freeze" };
    await handlePause({ ...PauseRequested.create({ id: "p", data }), data }, lab.context);
    await assert.rejects(answer(id, "given"), { code: "PAUSED", message: /paused by bob: freeze/ });
    assert.equal(kept()?.answer, null);
  });

  it("says of a decision that no pod keeps which one waits", async () => {
    const id = await propose();
    await assert.rejects(answer("0".repeat(32), "given"), {
      code: "NO_PROPOSAL",
      message: new RegExp(`${id} waits there`),
    });
  });

  it("keeps nothing that somebody else made up", async () => {
    const decided = await decideOn(lab, "app");
    const [keep, better] = decided.data.alternatives;
    assert.ok(keep && better?.changes[0]);
    const change = { ...better.changes[0], after: { request: "64", limit: "64" } };
    const forged = {
      ...decided,
      data: { ...decided.data, alternatives: [keep, { ...better, changes: [change] }] },
    };
    const { outcome } = settlementOf(await handleDecision(forged, lab.context));
    assert.equal(outcome, "dropped");
    assert.equal(kept(), null);
    const act = { ...decided, data: { ...decided.data, outcome: "act" as const } };
    assert.match(settlementOf(await handleDecision(act, lab.context)).reason, /waits for a yes/);
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
  });

  it("takes the newer proposal, and drops an older one that comes late", async () => {
    const early = await decideOn(lab, "app");
    const observedAt = new Date(Date.now() + 5_000).toISOString();
    const newer = await decideOn(lab, "app", { observedAt });
    await handleDecision(newer, lab.context);
    assert.match(settlementOf(await handleDecision(early, lab.context)).reason, /waits already/);
    assert.equal(kept()?.id, newer.data.id);
  });

  for (const side of ["before", "after"] as const) {
    it(`ends the same when it is cut off ${side} any request, and the yes comes again`, async () => {
      let cutAt = 0;
      for (let isCut = true; isCut; cutAt += 1) {
        await lab.stop();
        lab = await startLab();
        await mark(lab, "app", { annotations: { "vigie.dev/mode": "approve" } });
        const id = await propose();
        const { context, requests } = cut(lab.context, cutAt, side);
        const first = await answer(id, "given", context).catch(() => null);
        isCut = requests.length > cutAt;
        const second = await answer(id, "given");
        if (first !== null) assert.deepEqual(second, first);
        assert.equal(settlementOf(second).outcome, "applied", `cut at ${cutAt}: ${second.reason}`);
        assert.deepEqual(cpuOf(lab, "app"), RAISED, `cut at ${cutAt}`);
      }
      assert.ok(cutAt > 8, `only ${cutAt} requests`);
    }).timeout(30_000);
  }
});
