import assert from "node:assert/strict";
import { decide } from "../../../functions/resource-patch/decide.ts";
import type { Choice } from "../../../shared/events/decided.ts";
import type { BackOff } from "../../../shared/events/situation.ts";
import type { Rules } from "../../../shared/policy-rules.ts";
import {
  advice,
  type Change,
  container,
  DECISION_ID,
  freeRules,
  GIBIBYTE,
  node,
  NOTHING_SPENT,
  situation,
  surroundings,
  usage,
  volume,
  workload,
} from "./situations.ts";

const free = freeRules();
const none = { cpuMillis: null, memoryBytes: null };
const known = { surroundings: surroundings(), spent: NOTHING_SPENT };
const idle = { percent: 10, band: "low" } as const;
const memoryContainers = [container("app", "1Gi", "2Gi")];
const memoryDown: Change = {
  load: { ...idle, resource: "memory" },
  pod: { containers: memoryContainers },
};
const smaller = { memory: advice("shrink", GIBIBYTE / 2, GIBIBYTE / 4) };
const nightly = [{ days: ["sat" as const], from: "22:00", to: "02:00", zone: "UTC" }];

/** Of sizes, until twenty minutes from now. */
const backOff = (change: Partial<BackOff> = {}): BackOff => ({
  direction: "up",
  failures: 1,
  at: "2026-11-21T08:00:00.000Z",
  until: "2026-11-21T08:20:00.000Z",
  ...change,
});

/** Each guard with the action it is hit by, and what hits it. Everything else allows the action. */
const cases: [code: string, action: Choice, change: Change, rules?: Rules][] = [
  ["PAUSED", "resize", { rest: known }, { ...free, paused: true }],
  [
    "BAD_OVERRIDE",
    "resize",
    { rest: { overrides: { namespace: {}, pod: { "vigie.dev/policy.x": "1" } } } },
  ],
  [
    "ACTION_NOT_ALLOWED",
    "scale-out",
    { rest: known },
    freeRules("silver", { allowedActions: ["resize"] }),
  ],
  [
    "NOT_BUILT",
    "scale-out",
    { rest: known },
    { ...free, built: { actions: ["resize"], canAskApproval: false } },
  ],
  [
    "NOT_BUILT",
    "resize",
    { rest: known },
    {
      ...freeRules("silver", { mode: "approve" }),
      built: { actions: ["resize"], canAskApproval: false },
    },
  ],
  ["OUTSIDE_WINDOW", "patch-owner", { rest: known }, freeRules("silver", { windows: nightly })],
  [
    "OUTSIDE_WINDOW",
    "resize",
    { load: idle, rest: { ...known, usage: usage({ cpu: advice("shrink", 100, 50) }) } },
    freeRules("silver", { windows: nightly }),
  ],
  [
    "TOO_OLD_FOR_RESIZE",
    "resize",
    { rest: { surroundings: surroundings({ serverVersion: "1.32" }) } },
  ],
  [
    "TOO_OLD_FOR_RESIZE",
    "resize",
    { rest: { surroundings: surroundings({ node: node({ kubeletVersion: "v1.31.2" }) }) } },
  ],
  [
    "REPLICAS_AUTOSCALED",
    "scale-out",
    { rest: { ...known, replicaScalers: [{ kind: "HorizontalPodAutoscaler", name: "h" }] } },
  ],
  [
    "UNKNOWN_FACTS",
    "scale-out",
    { rest: { ...known, surroundings: surroundings({ quota: null }) } },
  ],
  ["UNKNOWN_FACTS", "patch-owner", { rest: { ...known, surroundings: null } }],
  [
    "NO_PATCHABLE_OWNER",
    "patch-owner",
    { rest: { ...known, owner: { ...situation().owner, kind: "Job" } } },
  ],
  [
    "NOT_SCALABLE",
    "scale-out",
    {
      rest: {
        ...known,
        surroundings: surroundings({
          workload: workload({ replicas: { desired: 2, ready: 2, updated: 2, isScalable: false } }),
        }),
      },
    },
  ],
  [
    "WORKLOAD_PAUSED",
    "patch-owner",
    { rest: { ...known, surroundings: surroundings({ workload: workload({ isPaused: true }) }) } },
  ],
  [
    "ROLLING_OUT",
    "patch-owner",
    {
      rest: {
        ...known,
        surroundings: surroundings({ workload: workload({ isRollingOut: true }) }),
      },
    },
  ],
  [
    "GITOPS_OWNER",
    "patch-owner",
    {
      rest: {
        ...known,
        surroundings: surroundings({
          workload: workload({ gitOps: { tool: "Argo CD", object: "shop" } }),
        }),
      },
    },
  ],
  [
    "DISRUPTION_BUDGET",
    "patch-owner",
    {
      rest: {
        ...known,
        surroundings: surroundings({ disruptionBudgets: [{ name: "b", disruptionsAllowed: 0 }] }),
      },
    },
  ],
  [
    "COOLING_DOWN",
    "resize",
    {
      load: idle,
      rest: {
        usage: usage({ cpu: advice("shrink", 100, 50) }),
        lastResize: { decisionId: DECISION_ID, at: "2026-11-21T07:30:00.000Z" },
      },
    },
  ],
  [
    "COOLING_DOWN",
    "resize",
    {
      rest: {
        lastResize: { decisionId: DECISION_ID, at: "2026-11-21T07:59:59.000Z", direction: "up" },
      },
    },
  ],
  ["BACKING_OFF", "resize", { rest: { backOff: backOff() } }],
  ["BACKING_OFF", "resize", { rest: { backOff: backOff({ actions: ["resize"] }) } }],
  ["BACKING_OFF", "patch-owner", { rest: { ...known, workloadBackOffs: [backOff()] } }],
  [
    "BACKING_OFF",
    "scale-out",
    { rest: { ...known, workloadBackOffs: [backOff({ actions: ["scale-out"] })] } },
  ],
  ...(["patch-owner", "scale-out"] as const).map((action): (typeof cases)[number] => [
    "WORKLOAD_NOT_MANAGED",
    action,
    { rest: { ...known, workloadManaged: false } },
  ]),
  [
    "WORKLOAD_NOT_MANAGED",
    "scale-in",
    {
      load: idle,
      rest: {
        ...known,
        usage: usage({ cpu: advice("shrink", 100, 50) }),
        workloadManaged: false,
      },
    },
  ],
  ["BUDGET_SPENT", "resize", { rest: { spent: { ...NOTHING_SPENT, workloadLastHour: 6 } } }],
  ["BUDGET_SPENT", "resize", { rest: { spent: { ...NOTHING_SPENT, workloadLastDay: 24 } } }],
  ["BUDGET_SPENT", "resize", { rest: { spent: { ...NOTHING_SPENT, allLastHour: 600 } } }],
  ["BUDGET_UNKNOWN", "scale-out", { rest: { ...known, spent: null } }],
  [
    "VOLUME_AT_BOUND",
    "grow-volume",
    {
      rest: {
        ...known,
        surroundings: surroundings({ volumes: [volume({ usedBytes: 9 * GIBIBYTE })] }),
      },
    },
    freeRules("silver", { volume: { fullRatio: 0.85, growthRatio: 1.5, maxGibibytes: 10 } }),
  ],
  [
    "VOLUME_NOT_EXPANDABLE",
    "grow-volume",
    {
      rest: {
        ...known,
        surroundings: surroundings({
          volumes: [volume({ usedBytes: 9 * GIBIBYTE, allowsExpansion: false })],
        }),
      },
    },
  ],
  [
    "VOLUME_RESIZING",
    "grow-volume",
    {
      rest: {
        ...known,
        surroundings: surroundings({
          volumes: [volume({ usedBytes: 9 * GIBIBYTE, condition: "Resizing" })],
        }),
      },
    },
  ],
  [
    "MEMORY_DOWN_UNSAFE",
    "resize",
    {
      ...memoryDown,
      rest: {
        ...known,
        usage: usage(smaller),
        surroundings: surroundings({ serverVersion: "1.33" }),
      },
    },
  ],
  ["MEMORY_DOWN_UNSAFE", "resize", { ...memoryDown, rest: { usage: usage(smaller) } }],
  [
    "MEMORY_DOWN_UNSAFE",
    "resize",
    { ...memoryDown, rest: { ...known, usage: usage({ ...smaller, nowMemoryBytes: null }) } },
  ],
  [
    "MEMORY_DOWN_UNSAFE",
    "resize",
    {
      ...memoryDown,
      rest: {
        ...known,
        overrides: { namespace: {}, pod: { "vigie.dev/policy.memory.canShrink": "false" } },
        usage: usage(smaller),
      },
    },
  ],
  [
    "LIMIT_RANGE",
    "resize",
    {
      rest: {
        surroundings: surroundings({
          containerLimits: {
            min: none,
            max: { ...none, cpuMillis: 510 },
            maxLimitRequestRatio: none,
          },
        }),
      },
    },
  ],
  [
    "LIMIT_RANGE",
    "resize",
    {
      rest: {
        surroundings: surroundings({
          containerLimits: {
            min: none,
            max: none,
            maxLimitRequestRatio: { ...none, cpuMillis: 2 },
          },
        }),
      },
    },
  ],
  [
    "LIMIT_RANGE",
    "resize",
    {
      rest: {
        surroundings: surroundings({ podLimits: { min: none, max: { ...none, cpuMillis: 510 } } }),
      },
    },
  ],
  [
    "QUOTA",
    "resize",
    {
      rest: {
        surroundings: surroundings({
          quota: { requestsLeft: { ...none, cpuMillis: 5 }, limitsLeft: none, podsLeft: null },
        }),
      },
    },
  ],
  [
    "QUOTA",
    "scale-out",
    {
      rest: {
        ...known,
        surroundings: surroundings({
          quota: { requestsLeft: none, limitsLeft: none, podsLeft: 0 },
        }),
      },
    },
  ],
  [
    "NODE_TOO_SMALL",
    "resize",
    {
      rest: {
        surroundings: surroundings({
          node: node({ allocatable: { cpuMillis: 300, memoryBytes: 1 } }),
        }),
      },
    },
  ],
  [
    "NODE_FULL",
    "resize",
    {
      rest: {
        surroundings: surroundings({
          node: node({ requested: { cpuMillis: 15_995, memoryBytes: 0 } }),
        }),
      },
    },
  ],
  [
    "NODE_PRESSURE",
    "resize",
    {
      load: { resource: "memory" },
      pod: { containers: memoryContainers },
      rest: { surroundings: surroundings({ node: node({ pressures: ["MemoryPressure"] }) }) },
    },
  ],
  [
    "NO_NODE_FITS",
    "scale-out",
    {
      rest: {
        ...known,
        surroundings: surroundings({ otherNodesFree: [], node: node({ isSchedulable: false }) }),
      },
    },
  ],
];

describe("guards", () => {
  for (const [code, action, change, rules = free] of cases) {
    it(`forbid ${action} with ${code} alone`, () => {
      const { alternatives, chosen } = decide(situation(change), rules);
      const found = alternatives.find((each) => each.action === action);
      assert.ok(found, `${action} is not even listed`);
      assert.notEqual(chosen, action);
      const others =
        code === "UNKNOWN_FACTS" && change.rest?.surroundings === null ? ["BUDGET_UNKNOWN"] : [];
      const codes = found.guards.map((hit) => hit.code).filter((each) => !others.includes(each));
      assert.deepEqual(codes, [code], JSON.stringify(found));
      assert.ok(found.guards.every(({ reason }) => reason.length > 10));
    });
  }

  it("allow each action that nothing speaks against", () => {
    const volumes = [volume({ usedBytes: 9 * GIBIBYTE })];
    const high = decide(
      situation({ rest: { ...known, surroundings: surroundings({ volumes }) } }),
      free,
    );
    const allowed = (record: typeof high) =>
      record.alternatives.filter(({ guards }) => guards.length === 0).map(({ action }) => action);
    assert.deepEqual(allowed(high), ["keep", "resize", "patch-owner", "scale-out", "grow-volume"]);
    const low = decide(
      situation({
        load: idle,
        rest: { ...known, usage: usage({ cpu: advice("shrink", 100, 50) }) },
      }),
      free,
    );
    assert.deepEqual(allowed(low), ["keep", "resize", "patch-owner", "scale-in"]);
  });

  it("say nothing of loads under a strategy that says the sizes itself", () => {
    for (const strategy of ["vpa", "cluster-zone"] as const) {
      for (const load of [
        {},
        idle,
        { percent: null },
        { percent: 50 },
      ] satisfies Change["load"][]) {
        const vpa = {
          name: "advice",
          containers: [{ name: "other", targetAmount: 100, lowerAmount: null, upperAmount: null }],
        };
        const { alternatives } = decide(situation({ load, rest: { ...known, vpa } }), {
          ...free,
          strategy,
        });
        assert.deepEqual(
          alternatives[1]?.guards.map(({ code }) => code),
          [strategy === "vpa" ? "NO_VPA_TARGET" : "NOT_BY_LOAD"],
        );
      }
    }
  });

  it("let pods of lower priority count as room on the node", () => {
    const full = { requested: { cpuMillis: 15_995, memoryBytes: 0 } };
    const requestedByLowerPriority = { cpuMillis: 500, memoryBytes: 0 };
    const facts = surroundings({ node: node({ ...full, requestedByLowerPriority }) });
    assert.equal(decide(situation({ rest: { surroundings: facts } }), free).chosen, "resize");
  });

  it("let a pod grow as far as there is room", () => {
    const facts = surroundings({
      node: node({ requested: { cpuMillis: 15_950, memoryBytes: 0 } }),
    });
    const { chosen, alternatives } = decide(situation({ rest: { surroundings: facts } }), free);
    assert.equal(chosen, "resize");
    // 200m and the 50m that are left, and the limit in proportion.
    assert.deepEqual(alternatives[1]?.changes[0]?.after, { request: "250m", limit: "625m" });
  });

  it("let a high load be relieved outside of the windows, and during a rollout", () => {
    const facts = surroundings({ workload: workload({ isRollingOut: true }) });
    const rules = freeRules("silver", { windows: nightly });
    assert.equal(decide(situation({ rest: { surroundings: facts } }), rules).chosen, "resize");
  });

  it("let a load be relieved right after the sizes went down, and not the other way round", () => {
    const lastResize = { decisionId: DECISION_ID, at: "2026-11-21T07:59:59.000Z" };
    const down = { ...lastResize, direction: "down" as const };
    assert.equal(decide(situation({ rest: { lastResize: down } }), free).chosen, "resize");
    for (const direction of ["up", "down"] as const) {
      const { alternatives } = decide(
        situation({
          load: idle,
          rest: {
            usage: usage({ cpu: advice("shrink", 100, 50) }),
            lastResize: { ...lastResize, direction },
          },
        }),
        free,
      );
      assert.deepEqual(
        alternatives[1]?.guards.map(({ code }) => code),
        ["COOLING_DOWN"],
        direction,
      );
    }
  });

  it("hold back what was taken back, and nothing else, until its time is over", () => {
    const held = (...backOffs: BackOff[]) => {
      const rest = { ...known, workloadBackOffs: backOffs };
      const { alternatives } = decide(situation({ rest }), free);
      return alternatives
        .filter(({ guards }) => guards.some(({ code }) => code === "BACKING_OFF"))
        .map(({ action }) => action);
    };
    assert.deepEqual(held(backOff()), ["resize", "patch-owner"]);
    assert.deepEqual(held(backOff({ actions: ["scale-out"] })), ["scale-out"]);
    assert.deepEqual(held(backOff({ actions: ["patch-owner"] })), ["patch-owner"]);
    assert.deepEqual(held(backOff({ direction: "down" })), []);
    assert.deepEqual(held(backOff({ until: "2026-11-21T07:59:00.000Z" })), []);
  });

  it("let a pod that alone has opted in be resized", () => {
    const rest = { ...known, workloadManaged: false };
    assert.equal(decide(situation({ rest }), free).chosen, "resize");
  });

  it("let a GitOps owner be written where the class says so", () => {
    const gitOps = { tool: "Flux", object: null };
    const facts = surroundings({ workload: workload({ gitOps }) });
    const rules = freeRules("silver", { canPatchGitOpsOwner: true });
    const { alternatives } = decide(situation({ rest: { ...known, surroundings: facts } }), rules);
    assert.deepEqual(alternatives.find(({ action }) => action === "patch-owner")?.guards, []);
  });

  it("say the first that forbade the resize as the reason to keep", () => {
    const { chosen, reason } = decide(situation(), { ...free, paused: true });
    assert.deepEqual([chosen, reason], ["keep", "everything is paused by policy"]);
  });
});
