import assert from "node:assert/strict";
import { decide } from "../../../functions/resource-patch/decide.ts";
import { toDecided } from "../../../functions/resource-patch/to-decided.ts";
import type { DecisionRecord } from "../../../shared/events/decided.ts";
import { type ConfigMapApi, startConfigMapApi } from "../config-map-api.ts";
import { freeRules, situation, surroundings, usage } from "../resource-patch/situations.ts";
import { type RunningFunction, runFunction } from "../run-function.ts";

type Kept = { decision: DecisionRecord; settlement: { outcome: string } | null };
type Answer = { decisions: Kept[]; unreadable: { reason: string }[] };
type Refusal = { code: string; faults?: { path: string; message: string }[] };

const id = (digit: string) => digit.repeat(32);
const decided = (digit: string, name = "app") =>
  decide(
    {
      ...situation({ pod: { name }, rest: { surroundings: surroundings(), usage: usage() } }),
      decisionId: id(digit),
      owner: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name },
    },
    freeRules(),
  );

describe("the console's decisions", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(20_000);
  let api: ConfigMapApi;
  let running: RunningFunction;
  const run = () =>
    runFunction("console", { JOURNAL_CONFIGMAP: "console-journal", KUBECONFIG: api.kubeconfig });
  beforeEach(async () => {
    api = await startConfigMapApi("console-journal");
    running = await run();
  });
  afterEach(async () => {
    await running.stop("SIGKILL");
    await api.close();
  });

  const tell = async (record: DecisionRecord) => {
    const { type, id: eventId, data } = toDecided(record);
    assert.equal((await running.post({ type, id: eventId, data })).status, 204);
  };
  const settle = async (
    { id: decisionId, inputs: { pod } }: DecisionRecord,
    { outcome = "applied", at = "2026-11-21T08:00:11.000Z" } = {},
  ) => {
    const data = {
      decisionId,
      namespace: pod.namespace,
      pod: pod.name,
      podUid: pod.uid,
      resource: "cpu",
      outcome,
      reason: "done",
      at,
      changes: [],
    };
    const eventId = `s${decisionId}${at}`;
    await running.post({ type: "dev.vigie.resources.settled.v1", id: eventId, data });
  };
  const get = async (path: string) => await fetch(`${running.url}${path}`);

  it("are told to the byte, with what became of them, also by the next process", async () => {
    const record = decided("a");
    await tell(record);
    await settle(record);
    await running.stop();
    running = await run();
    const answer = await get(`/decisions/${record.id}`);
    assert.equal(answer.status, 200);
    const { decision, settlement } = (await answer.json()) as Kept;
    assert.equal(JSON.stringify(decision), JSON.stringify(record));
    assert.equal(settlement?.outcome, "applied");
    const { inputs, policy } = decision;
    assert.equal(JSON.stringify(decide(inputs, policy)), JSON.stringify(record));
  });

  it("have the last word of what became of them, in whatever order it came in", async () => {
    const words = [
      { outcome: "pending", at: "2026-11-21T08:00:11.000Z" },
      { outcome: "applied", at: "2026-11-21T08:00:14.000Z" },
      { outcome: "reverted", at: "2026-11-21T08:05:20.000Z" },
    ];
    for (const [digit, order] of [
      ["a", [0, 1, 2]],
      ["b", [2, 0, 1]],
    ] as const) {
      const record = decided(digit);
      await tell(record);
      for (const index of order) await settle(record, words[index]);
      const { settlement } = (await (await get(`/decisions/${record.id}`)).json()) as Kept;
      assert.equal(settlement?.outcome, "reverted", order.join());
    }
  });

  it("are found by workload or pod, the newest first", async () => {
    await tell(decided("a"));
    await tell(decided("b", "other"));
    await tell(decided("c"));
    for (const named of [
      "shop/Deployment/app",
      "shop/deploy/app",
      "shop/deployments/app",
      "shop/pod/app",
    ]) {
      const { decisions } = (await (await get(`/decisions?workload=${named}`)).json()) as Answer;
      assert.deepEqual(
        decisions.map(({ decision }) => decision.id),
        [id("c"), id("a")],
        named,
      );
    }
    const { decisions } = (await (await get("/decisions")).json()) as Answer;
    assert.equal(decisions.length, 3);
  });

  it("are refused by name when they are unknown, cut or no decisions", async () => {
    assert.equal((await get(`/decisions/${id("f")}`)).status, 404);
    assert.equal((await get("/decisions?workload=app")).status, 422);
    const type = "dev.vigie.resources.decided.v1";
    await running.post({ type, id: "1", data: { reason: "x".repeat(40_000) } });
    await running.post({ type, id: "2", data: { reason: "somebody's" } });
    const { decisions, unreadable } = (await (await get("/decisions")).json()) as Answer;
    assert.deepEqual(decisions, []);
    assert.deepEqual(unreadable.map(({ reason }) => reason.replace(/\d+/, "n")).toSorted(), [
      "it is no decision",
      "n bytes did not fit the journal",
    ]);
  });

  const ask = async (body: string, query = "?dryRun") =>
    await fetch(`${running.url}/decide${query}`, { method: "POST", body });

  it("are made of a situation on request, and nobody is told", async () => {
    const answer = await ask(JSON.stringify(situation()));
    assert.equal(answer.status, 200);
    const record = (await answer.json()) as DecisionRecord;
    assert.deepEqual([record.chosen, record.outcome], ["resize", "act"]);
    assert.deepEqual(record, JSON.parse(JSON.stringify(decide(record.inputs, record.policy))));
    assert.deepEqual(
      ((await (await get("/journal")).json()) as { entries: unknown[] }).entries,
      [],
    );
    assert.deepEqual(api.entries(), []);
  });

  it("are not made of a bad situation: 422 with the path of every fault", async () => {
    const { pod: _, ...rest } = situation();
    const bad = { ...rest, load: { ...rest.load, band: "huge", percent: -1 } };
    const answer = await ask(JSON.stringify(bad));
    assert.equal(answer.status, 422);
    const { code, faults } = (await answer.json()) as Refusal;
    assert.equal(code, "INVALID_SITUATION");
    assert.deepEqual(faults?.map(({ path }) => path).toSorted(), [
      "load.band",
      "load.percent",
      "pod",
    ]);
    for (const [body, query, wanted] of [
      ["{", "?dryRun", "INVALID_JSON"],
      ["[]", "?dryRun=true", "INVALID_SITUATION"],
      ["{}", "", "DRY_RUN_ONLY"],
      ["{}", "?dryRun=false", "DRY_RUN_ONLY"],
    ] as const) {
      const refused = await ask(body, query);
      assert.equal(refused.status, 422);
      assert.equal(((await refused.json()) as Refusal).code, wanted);
    }
  });
});
