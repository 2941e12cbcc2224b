import assert from "node:assert/strict";
import type { Change } from "../../../../functions/resource-patch/change.ts";
import type { Intent } from "../../../../functions/resource-patch/intent.ts";
import type { Pod } from "../../../../functions/resource-patch/pod-facts.ts";
import { judgeTarget } from "../../../../functions/resource-patch/workload/judge-target.ts";
import { lastWords } from "../../../../functions/resource-patch/workload/last-words.ts";
import type { Target } from "../../../../functions/resource-patch/workload/target.ts";
import { DEFAULT_POLICY } from "../../../../shared/policy-default.ts";

const START = Date.parse("2026-11-21T12:00:00.000Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const owner = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
const load = {
  cause: "1",
  podUid: "told",
  resource: "cpu",
  percent: 92,
  band: "high",
  observedAt: at(-10),
} as const;
const about = {
  action: "scale-out",
  load,
  pod: { name: "a", uid: "told" },
  hasReplicas: true,
} as const;
const replicas = { before: 2, after: 3 };
const change: Change = {
  ...about,
  pod: { namespace: "shop", ...about.pod },
  decisionId: "1",
  tried: [],
  slaClass: "silver",
  target: owner,
  changes: [],
  replicas,
  volume: null,
};
const watch = {
  direction: "up",
  isRelief: true,
  reliefSeconds: 600,
  restarts: 0,
  isReady: true,
} as const;
const applied: Intent = {
  id: "1",
  at: at(0),
  observedAt: at(-10),
  changes: [],
  replicas,
  about,
  settled: { outcome: "applied", reason: "", at: at(1) },
  watch,
};
const less: Intent = { ...applied, watch: { ...watch, direction: "down", isRelief: false } };
const pending: Intent = { ...applied, settled: { outcome: "pending", reason: "", at: at(1) } };
const begun: Intent = { ...applied, settled: null };
const target = (wanted: number, ready = wanted): Target => ({
  metadata: { namespace: "shop", name: "web", uid: "1", resourceVersion: "1", generation: 1 },
  spec: { replicas: wanted },
  status: { observedGeneration: 1, replicas: ready, readyReplicas: ready, updatedReplicas: ready },
});
const quiet = { isHigh: false, isHighSince: false, hasNews: false };
const calm = { ...quiet, hasNews: true };
const high = { ...quiet, isHigh: true };

describe("what is judged of a change of a workload", () => {
  const table: [
    string,
    Target,
    Intent,
    { words?: typeof quiet; worse?: string },
    number,
    string,
  ][] = [
    ["in time, no news", target(3), applied, { words: high }, 590, "open"],
    ["no pod is high since", target(3), applied, { words: calm }, 60, "relieved"],
    ["no pod is high, too late", target(3), applied, {}, 620, "relieved"],
    ["still high, too late", target(3), applied, { words: high }, 620, "reverted"],
    ["its pods do worse", target(3), applied, { worse: "it restarts" }, 60, "reverted"],
    ["others set the replicas", target(5), applied, { words: high }, 620, "superseded"],
    ["less, in time", target(3), less, { words: calm }, 590, "open"],
    [
      "less, and high since",
      target(3),
      less,
      { words: { ...high, isHighSince: true } },
      60,
      "reverted",
    ],
    ["less, and high as before", target(3), less, { words: high }, 60, "open"],
    ["less, and nothing got worse", target(3), less, {}, 620, "held"],
    ["under way", target(3, 2), pending, {}, 590, "open"],
    ["through at last", target(3), pending, {}, 590, "applied"],
    ["never through", target(3, 2), pending, {}, 620, "expired"],
    ["never begun", target(2), begun, {}, 620, "dropped"],
    ["about to begin", target(2), begun, {}, 20, "open"],
    ["taken back by others on its way", target(2), pending, {}, 20, "superseded"],
  ];
  for (const [what, now, intent, { words = quiet, worse = null }, seconds, expected] of table) {
    it(`${what}: ${expected}`, () => {
      const judged = judgeTarget({ owner }, now, change, intent, {
        now: at(seconds),
        worse,
        words,
      });
      assert.equal("outcome" in judged ? judged.outcome : judged.kind, expected, judged.reason);
    });
  }

  it("memory of a template that did no good stays: less would be worse", () => {
    const sizes = {
      container: "app",
      kind: "container",
      before: { request: null, limit: "1Mi" },
      after: { request: null, limit: "2Mi" },
    } as const;
    const template = {
      spec: { containers: [{ name: "app", resources: { limits: { memory: "2Mi" } } }] },
    };
    const judged = judgeTarget(
      { owner },
      { ...target(3), spec: { template } },
      { ...change, action: "patch-owner", load: { ...load, resource: "memory" }, replicas: null },
      { ...applied, changes: [sizes] },
      { now: at(60), worse: "it restarts", words: quiet },
    );
    assert.deepEqual([judged.kind, "outcome" in judged && judged.outcome], ["close", "unrelieved"]);
  });
});

describe("the last words of pods on their load", () => {
  const pod = (uid: string): Pod => ({
    metadata: { namespace: "shop", name: uid, uid, resourceVersion: "1" },
  });
  const words = (uids: string[], heard: Parameters<typeof lastWords>[4] = null) =>
    lastWords(uids.map(pod), "cpu", applied, DEFAULT_POLICY, heard);

  it("are high for the pod that it was for, until there is news", () => {
    assert.deepEqual(words(["told", "b"]), { isHigh: true, isHighSince: false, hasNews: false });
    const heard = { podUid: "told", band: "low", observedAt: at(30) } as const;
    assert.deepEqual(words(["told", "b"], heard), {
      isHigh: false,
      isHighSince: false,
      hasNews: true,
    });
  });

  it("are none of pods that nobody speaks of, and high once one of them is", () => {
    assert.deepEqual(words(["b", "c"]), { isHigh: false, isHighSince: false, hasNews: false });
    const heard = { podUid: "c", band: "high", observedAt: at(30) } as const;
    assert.deepEqual(words(["b", "c"], heard), { isHigh: true, isHighSince: true, hasNews: true });
  });
});
