import { decide } from "../functions/resource-patch/decide.ts";
import { choose } from "../functions/resource-patch/ranking/choose.ts";
import { closeness } from "../functions/resource-patch/ranking/topsis.ts";
import { ChangeLog } from "../functions/resource-patch/sizing/change-log.ts";
import { sizeFromHistory } from "../functions/resource-patch/sizing/size.ts";
import { UsageRecord } from "../functions/resource-patch/sizing/usage-record.ts";
import type { Situation } from "../shared/events/situation.ts";
import { Action } from "../shared/policy-class.ts";
import { DEFAULT_POLICY } from "../shared/policy-default.ts";
import { rulesFor } from "../shared/policy-rules.ts";
import { median } from "./contender.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:decide [-- --rounds 200]`: one decision about one workload, from eight days of
 * usage at a minute's step to the record as JSON; then 10,000 of them one after the other.
 */
const { values } = readOptions("npm run bench:decide -- [options]", {
  options: { rounds: { type: "string", default: "200" } },
});
const ROUNDS = Number(values.rounds);
const WORKLOADS = 10_000;
const ALTERNATIVES = 8;

const MINUTES = 8 * 24 * 60;
const GIBIBYTE = 1024 ** 3;
const silver = rulesFor(DEFAULT_POLICY, "silver");
const rules = {
  ...silver,
  built: { actions: [...Action.options], canAskApproval: true },
  class: { ...silver.class, allowedActions: [...Action.options] },
};
const unbounded = { cpuMillis: null, memoryBytes: null };
const roomy = { cpuMillis: 16_000, memoryBytes: 64 * GIBIBYTE };

/** A day's wave with a spike an hour. */
function usageMillis(minute: number): number {
  return 150 + 100 * Math.sin((minute / 1440) * 2 * Math.PI) + (minute % 60 === 0 ? 80 : 0);
}

function observed(): UsageRecord {
  const record = new UsageRecord(60);
  for (let minute = 0; minute < MINUTES; minute += 1) {
    record.observe({
      atSeconds: minute * 60,
      cpuMillis: usageMillis(minute),
      memoryBytes: 200e6 + minute * 1000,
      oomLimitBytes: null,
    });
  }
  return record;
}

/** All is known, and every alternative is worth a look: a full volume, replicas, a Deployment. */
function situationOf(record: UsageRecord): Situation {
  const advice = sizeFromHistory(
    record,
    {
      cpu: { requestMillis: 200, limitMillis: 500, bounds: { min: 10, max: 4000, step: 1 } },
      memory: null,
    },
    new ChangeLog(),
    MINUTES * 60,
    DEFAULT_POLICY.classes.silver.sizing,
  );
  const kinds = { up: "grow", down: "shrink", keep: "keep" } as const;
  return {
    decisionId: "0".repeat(32),
    now: "2026-11-21T08:00:10.000Z",
    load: {
      cause: "bench",
      podUid: "u",
      resource: "cpu",
      percent: 92,
      band: "high",
      observedAt: "2026-11-21T08:00:00Z",
    },
    pod: {
      namespace: "shop",
      name: "app",
      uid: "u",
      phase: "Running",
      isTerminating: false,
      isStatic: false,
      isWindows: false,
      hasPodLevelResources: false,
      containers: ["app", "helper"].map((name) => ({
        name,
        kind: "container",
        share: { request: "200m", limit: "500m" },
        restartsOnResize: false,
      })),
    },
    owner: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "app" },
    managed: true,
    isProtected: false,
    slaClass: "silver",
    autoscalers: [],
    replicaScalers: [],
    lastResize: null,
    overrides: { namespace: {}, pod: { "vigie.dev/policy.cpu.maxMillis": "3000" } },
    spent: { workloadLastHour: 0, workloadLastDay: 0, allLastHour: 0 },
    surroundings: {
      serverVersion: "1.34",
      node: {
        name: "n",
        allocatable: roomy,
        requested: { cpuMillis: 4000, memoryBytes: 8 * GIBIBYTE },
        requestedByLowerPriority: { cpuMillis: 0, memoryBytes: 0 },
        isSchedulable: true,
        pressures: [],
        kubeletVersion: "v1.34.1",
      },
      otherNodesFree: Array.from({ length: 100 }, () => roomy),
      containerLimits: { min: unbounded, max: unbounded, maxLimitRequestRatio: unbounded },
      podLimits: { min: unbounded, max: unbounded },
      quota: { requestsLeft: unbounded, limitsLeft: unbounded, podsLeft: 50 },
      disruptionBudgets: [{ name: "app", disruptionsAllowed: 1 }],
      workload: {
        replicas: { desired: 3, ready: 3, updated: 3, isScalable: true },
        isRollingOut: false,
        isPaused: false,
        gitOps: null,
        annotations: {},
      },
      volumes: [
        {
          claim: "data",
          storageClass: "standard",
          requestedBytes: 10 * GIBIBYTE,
          capacityBytes: 10 * GIBIBYTE,
          usedBytes: 9 * GIBIBYTE,
          allowsExpansion: true,
          condition: null,
        },
      ],
    },
    usage: {
      source: "prometheus",
      historyHours: 192,
      confidence: advice.confidence,
      containers: ["app", "helper"].map((name) => ({
        name,
        nowCpuMillis: 180,
        nowMemoryBytes: null,
        cpu: {
          kind: kinds[advice.cpu.kind],
          requestAmount: advice.cpu.amount,
          neededAmount: advice.cpu.need.needMillis,
          reason: advice.cpu.reason,
        },
        memory: null,
      })),
    },
  };
}

const readMs: number[] = [];
const sizeMs: number[] = [];
const decideMs: number[] = [];
const rankMs: number[] = [];
let recordBytes = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const start = performance.now();
  const record = observed();
  const read = performance.now();
  const situation = situationOf(record);
  const sized = performance.now();
  const decided = decide(situation, rules);
  recordBytes = JSON.stringify(decided).length;
  const done = performance.now();
  // The actions that exist are six; eight of them are ranked.
  const eight = Array.from({ length: ALTERNATIVES }, (_, index) => {
    const like = decided.alternatives[index % decided.alternatives.length];
    if (like === undefined) throw new Error("no alternatives");
    return { ...like, closeness: closeness(like.criteria, rules.class.weights) };
  });
  if (choose(eight) === undefined) throw new Error("nothing chosen");
  rankMs.push(performance.now() - done);
  readMs.push(read - start);
  sizeMs.push(sized - read);
  decideMs.push(done - sized);
}

const situation = situationOf(observed());
/** The same facts with what the other strategies go by. */
const OTHERS: Readonly<Record<"cluster-zone" | "vpa", Situation>> = {
  "cluster-zone": {
    ...situation,
    zone: {
      limitsCpuMillis: 9000,
      allocatableCpuMillis: 12_000,
      smallestNodeCpuMillis: 4000,
      current: null,
    },
  },
  vpa: {
    ...situation,
    vpa: {
      name: "app",
      containers: [{ name: "app", targetAmount: 300, lowerAmount: null, upperAmount: null }],
    },
  },
};
const otherMs = { "cluster-zone": [] as number[], vpa: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const strategy of ["cluster-zone", "vpa"] as const) {
    const start = performance.now();
    const record = decide(OTHERS[strategy], { ...rules, strategy, bands: DEFAULT_POLICY.bands });
    JSON.stringify(record);
    otherMs[strategy].push(performance.now() - start);
    if (record.outcome !== "act") throw new Error(`${strategy}: ${record.reason}`);
  }
}

const before = process.memoryUsage().heapUsed;
const start = performance.now();
let acted = 0;
for (let index = 0; index < WORKLOADS; index += 1) {
  if (decide({ ...situation, decisionId: String(index) }, rules).outcome === "act") acted += 1;
}
const stormMs = performance.now() - start;
if (acted !== WORKLOADS) throw new Error(`${acted} of ${WORKLOADS} acted`);
const grownMebibytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;

const line = (what: string, times: number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  const [first = 0] = times;
  process.stdout.write(
    `${what.padEnd(52)} median ${median(times).toFixed(3)} ms, p99 ${p99.toFixed(3)} ms, first ${first.toFixed(3)} ms\n`,
  );
};
line(`taking in 8 days at 1 min (${MINUTES} samples)`, readMs);
line("sizes from them", sizeMs);
line("decide, all alternatives and guards, as JSON", decideMs);
line(`ranking ${ALTERNATIVES} alternatives by 8 criteria`, rankMs);
line("decide by strategy cluster-zone, as JSON", otherMs["cluster-zone"]);
line("decide by strategy vpa, as JSON", otherMs.vpa);
process.stdout.write(
  `${WORKLOADS} decisions: ${stormMs.toFixed(0)} ms, heap +${grownMebibytes.toFixed(1)} MiB; a record is ${recordBytes} bytes\n`,
);
