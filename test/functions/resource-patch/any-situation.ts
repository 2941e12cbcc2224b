import fc from "fast-check";
import type { Situation } from "../../../shared/events/situation.ts";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { UsageFacts } from "../../../shared/events/usage-facts.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import { formatCpuMillis, formatMemoryBytes } from "../../../shared/quantity.ts";
import {
  advice,
  container,
  GIBIBYTE,
  node,
  NOTHING_SPENT,
  situation,
  surroundings,
  usage,
  volume,
  workload,
} from "./situations.ts";

const MEBIBYTE = 1024 ** 2;

/** One container with requests below or at its limit, or no limit. */
function anyContainer(resource: Resource) {
  const format = (amount: number) =>
    resource === "cpu" ? formatCpuMillis(amount) : formatMemoryBytes(amount * MEBIBYTE);
  const amount = fc.integer({ min: 20, max: 1500 });
  return fc.oneof(
    fc
      .tuple(amount, amount)
      .map(([a, b]) => container("app", format(Math.min(a, b)), format(Math.max(a, b)))),
    amount.map((a) => container("app", format(a), format(a))),
    amount.map((a) => container("app", format(a), null)),
  );
}

function anySurroundings(): fc.Arbitrary<Surroundings | null> {
  const amount = fc.integer({ min: 0, max: 16_000 });
  return fc.option(
    fc
      .record({
        desired: fc.integer({ min: 1, max: 6 }),
        isScalable: fc.boolean(),
        isRollingOut: fc.boolean(),
        usedRatio: fc.double({ min: 0, max: 1, noNaN: true }),
        cpuMillis: amount,
        memoryMebibytes: amount,
        quotaLeft: fc.option(amount, { nil: null }),
        serverVersion: fc.constantFrom("1.32", "1.33", "1.34", null),
      })
      .map(
        ({ desired, isScalable, isRollingOut, usedRatio, cpuMillis, memoryMebibytes, ...rest }) =>
          surroundings({
            serverVersion: rest.serverVersion,
            node: node({ requested: { cpuMillis, memoryBytes: memoryMebibytes * MEBIBYTE } }),
            quota: rest.quotaLeft === null ? null : quotaOf(rest.quotaLeft),
            workload: workload({
              isRollingOut,
              replicas: { desired, ready: desired, updated: desired, isScalable },
            }),
            volumes: [volume({ usedBytes: usedRatio * 10 * GIBIBYTE })],
          }),
      ),
    { nil: null },
  );
}

/** As many millis of CPU as MiB of memory, a tenth of it in pods. */
function quotaOf(left: number): Surroundings["quota"] {
  const amounts = { cpuMillis: left, memoryBytes: left * MEBIBYTE };
  return { requestsLeft: amounts, limitsLeft: amounts, podsLeft: Math.floor(left / 10) };
}

function anyUsage(): fc.Arbitrary<UsageFacts | null> {
  const amount = fc.integer({ min: 10, max: 1500 });
  const anyAdvice = fc.option(
    fc
      .tuple(fc.constantFrom("keep" as const, "grow" as const, "shrink" as const), amount, amount)
      .map(([kind, request, needed]) => ({ kind, request, needed })),
    { nil: null },
  );
  return fc.option(
    fc.tuple(anyAdvice, fc.boolean(), amount).map(([given, isEnough, now]) =>
      usage(
        {
          nowCpuMillis: now,
          nowMemoryBytes: now * MEBIBYTE,
          cpu: given && advice(given.kind, given.request, given.needed),
          memory: given && advice(given.kind, given.request * MEBIBYTE, given.needed * MEBIBYTE),
        },
        { ratio: 1, isEnough },
      ),
    ),
    { nil: null },
  );
}

/** Anything a cluster may look like to a decision: known and unknown, high and low. */
export const anySituation: fc.Arbitrary<Situation> = fc
  .constantFrom("cpu" as const, "memory" as const)
  .chain((resource) =>
    fc.record({
      resource: fc.constant(resource),
      container: anyContainer(resource),
      percent: fc.option(fc.integer({ min: 0, max: 300 }), { nil: null }),
      slaClass: fc.constantFrom("gold" as const, "silver" as const, "bronze" as const),
      surroundings: anySurroundings(),
      usage: anyUsage(),
      spent: fc.constantFrom(null, NOTHING_SPENT),
      replicaScalers: fc
        .boolean()
        .map((is) => (is ? [{ kind: "HorizontalPodAutoscaler", name: "h" }] : [])),
    }),
  )
  .map(({ resource, container: only, percent, ...rest }) => {
    const band = percent === null || percent >= 66 ? "high" : percent >= 33 ? "moderate" : "low";
    return situation({ load: { resource, percent, band }, pod: { containers: [only] }, rest });
  });
