import assert from "node:assert/strict";
import { handlePause, handleResume } from "../../../functions/resource-patch/handle-pause.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { createPauseBook } from "../../../functions/resource-patch/pause-book.ts";
import { PauseRequested, ResumeRequested, type Scope } from "../../../shared/events/order.ts";
import { createConfigMapStore } from "../../../shared/kube/journal-store.ts";
import { type Lab, startLab } from "./cluster.ts";
import { cpuOf, decideOn, later, settlementOf } from "./steps.ts";

describe("pauses", () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.stop());

  const all: Scope = { scope: "all" };
  let requests = 0;
  const pause = (target: Scope, more: { until?: string; note?: string; time?: string } = {}) => {
    const { time, ...said } = more;
    const data = { target, by: "ada", ...said };
    requests += 1;
    const event = PauseRequested.create({
      id: `pause-${requests}`,
      data,
      ...(time === undefined ? {} : { time }),
    });
    return handlePause({ ...event, data }, lab.context);
  };
  const resume = (target: Scope, id = "resume") => {
    const data = { target, by: "bob" };
    return handleResume({ ...ResumeRequested.create({ id, data }), data }, lab.context);
  };
  const reason = async (context = lab.context) => {
    const { data } = await decideOn(lab, "app", {}, context);
    return data.outcome === "act" ? "act" : data.reason;
  };

  it("keep a decision from being made, with who and why, until they are resumed", async () => {
    await pause(all, { note: "release day" });
    assert.equal(await reason(), "everything is paused by ada: release day");
    await resume(all);
    assert.equal(await reason(), "act");
  });

  it("are refused, as their ends are, for what can be no workload", async () => {
    const target: Scope = { scope: "workload", namespace: "shop", kind: "deploy", name: "app" };
    await assert.rejects(pause(target), { code: "INVALID_KIND" });
    await assert.rejects(resume(target), { code: "INVALID_KIND" });
  });

  it("keep a decision that was made before from being carried out", async () => {
    const decided = await decideOn(lab, "app");
    await pause({ scope: "workload", namespace: "shop", kind: "Pod", name: "app" });
    const { outcome, reason: why } = settlementOf(await handleDecision(decided, lab.context));
    assert.deepEqual([outcome, why], ["dropped", "Pod shop/app is paused by ada"]);
    assert.deepEqual(cpuOf(lab, "app"), { limit: "500m", request: "200m" });
  });

  it("are for the namespace or workload that they name", async () => {
    await pause({ scope: "namespace", namespace: "gilded" });
    await pause({ scope: "workload", namespace: "shop", kind: "Deployment", name: "app" });
    assert.equal(await reason(), "act");
    await pause({ scope: "namespace", namespace: "shop" });
    assert.match(await reason(), /^namespace shop is paused/);
  });

  it("end by themselves", async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    await pause(all, { until });
    assert.match(await reason(), new RegExp(`paused until ${until} by ada`));
    assert.equal(await reason(later(lab.context, 61)), "act");
    assert.equal((await pause(all, { until: new Date(0).toISOString() })).kind, "over");
    const [time, before] = ["2026-11-21T12:00:00Z", "2025-11-21T13:00:00Z"];
    await assert.rejects(pause(all, { time, until: before }), { code: "ENDS_BEFORE_IT_STARTS" });
  });

  it("stay ended when the pause comes again", async () => {
    const data = { target: all, by: "ada" };
    const event = { ...PauseRequested.create({ id: "twice", data }), data };
    await handlePause(event, lab.context);
    await resume(all);
    await handlePause(event, lab.context);
    assert.equal(await reason(), "act");
  });

  it("refuse a time that is not yet", async () => {
    const time = new Date(Date.now() + 3_600_000).toISOString();
    await assert.rejects(pause(all, { time }), { code: "FUTURE_TIME", status: 422 });
  });

  it("outlive the process, in a ConfigMap", async () => {
    lab.cluster.apply([
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "pauses", namespace: lab.context.kube.namespace },
      } as never,
    ]);
    const open = () => createPauseBook(createConfigMapStore(lab.context.kube, "pauses"));
    const first = open();
    const now = new Date().toISOString();
    const request = { kind: "pause" as const, at: now, until: null, by: "ada", note: null };
    await Promise.all(
      ["a", "b", "c"].map((namespace) =>
        open().add({ ...request, id: namespace, target: { scope: "namespace", namespace } }, now),
      ),
    );
    assert.equal((await first.read()).length, 3);
    assert.equal((await open().read()).length, 3);
  });

  it("let nothing happen while they cannot be read", async () => {
    const pauses = createPauseBook(createConfigMapStore(lab.context.kube, "missing"));
    const context = { ...lab.context, pauses };
    await assert.rejects(decideOn(lab, "app", {}, context), { status: 503 });
  });
});
