import assert from "node:assert/strict";
import type { Intent } from "../../../functions/resource-patch/intent.ts";
import { type Heard, judge } from "../../../functions/resource-patch/judge.ts";
import type { Pod } from "../../../functions/resource-patch/pod-facts.ts";

const START = Date.parse("2026-11-21T12:00:00.000Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const heard = (band: Heard["band"], seconds = 30): Heard => ({ band, observedAt: at(seconds) });

const pod = (limit: string, restarts = 0): Pod => ({
  metadata: { namespace: "shop", name: "app", uid: "1", resourceVersion: "1" },
  spec: { containers: [{ name: "app", resources: { limits: { cpu: limit } } }] },
  status: {
    containerStatuses: [
      { name: "app", restartCount: restarts, ready: true, image: "", imageID: "" },
    ],
  },
});
const intent = (watch: Partial<NonNullable<Intent["watch"]>>): Intent => ({
  id: "1",
  at: at(0),
  observedAt: at(-10),
  changes: [
    {
      container: "app",
      kind: "container",
      before: { request: null, limit: "500m" },
      after: { request: null, limit: "800m" },
    },
  ],
  settled: { outcome: "applied", reason: "", at: at(1) },
  watch: {
    direction: "up",
    isRelief: true,
    reliefSeconds: 600,
    restarts: 0,
    isReady: true,
    ...watch,
  },
});

describe("what is judged of a change that was applied", () => {
  const relief = intent({});
  const more = intent({ isRelief: false });
  const less = intent({ direction: "down", isRelief: false });
  const table: [string, Intent, Heard | null, number, Pod, string][] = [
    ["more for a high load, in time", relief, null, 600, pod("800m"), "open"],
    ["the load is moderate since", relief, heard("moderate"), 60, pod("800m"), "relieved"],
    ["the load is still high", relief, heard("high"), 60, pod("800m"), "open"],
    ["the load was low before", relief, heard("low", -5), 60, pod("800m"), "open"],
    ["the load is still high, too late", relief, heard("high"), 601, pod("800m"), "reverted"],
    ["the container restarted", relief, null, 60, pod("800m", 1), "reverted"],
    ["others wrote the size", relief, heard("low"), 60, pod("900m"), "superseded"],
    ["more without a high load, in time", more, heard("low"), 60, pod("800m"), "open"],
    ["more without a high load, later", more, heard("low"), 601, pod("800m"), "held"],
    ["less, and the load is high since", less, heard("high"), 60, pod("800m"), "reverted"],
    ["less, and the container restarted", less, null, 60, pod("800m", 2), "reverted"],
    ["less, and nothing got worse", less, null, 601, pod("800m"), "held"],
  ];
  for (const [what, change, load, seconds, now, expected] of table) {
    it(`${what}: ${expected}`, () => {
      const judged = judge(now, "cpu", change, { now: at(seconds), heard: load });
      assert.equal("outcome" in judged ? judged.outcome : judged.kind, expected, judged.reason);
    });
  }

  it("more for another replica's load: held, for nobody speaks of this one", () => {
    const load = {
      cause: "1",
      podUid: "1",
      resource: "cpu",
      percent: 92,
      band: "high",
      observedAt: at(-10),
      toldOf: { pod: "first", decisionId: "2" },
    } as const;
    const about = {
      action: "resize",
      load,
      pod: { name: "app", uid: "1" },
      hasReplicas: true,
    } as const;
    const outcomeOf = (said: Heard | null) => {
      const facts = { now: at(601), heard: said };
      const judged = judge(pod("800m"), "cpu", { ...relief, about }, facts);
      return "outcome" in judged ? judged.outcome : judged.kind;
    };
    assert.equal(outcomeOf(null), "held");
    assert.equal(outcomeOf(heard("high")), "reverted");
  });

  it("memory that did not help: unrelieved, for less would be worse", () => {
    const changes = relief.changes.map((change) => ({
      ...change,
      before: { request: null, limit: "1Mi" },
      after: { request: null, limit: "2Mi" },
    }));
    const spec = { containers: [{ name: "app", resources: { limits: { memory: "2Mi" } } }] };
    const judged = judge(
      { ...pod("1"), spec },
      "memory",
      { ...relief, changes },
      {
        now: at(601),
        heard: null,
      },
    );
    assert.deepEqual([judged.kind, "outcome" in judged && judged.outcome], ["close", "unrelieved"]);
  });
});
