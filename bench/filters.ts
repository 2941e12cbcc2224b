import type { CloudEvent } from "../knative/local/broker/cloud-event.ts";
import { compileFilters } from "../knative/local/broker/filter/compile.ts";
import type { FilterSpec } from "../knative/local/manifests/filter.ts";
import { median } from "./contender.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:filters [-- --rounds 7]`: evaluations per second of compiled filters, all of them
 * in each round one after the other.
 */
const { values } = readOptions("npm run bench:filters -- [options]", {
  options: { rounds: { type: "string", default: "7" } },
});
const ROUNDS = Number(values.rounds);
/** Long enough that a round of the fastest takes some milliseconds. */
const EVALUATIONS = 500_000;

const FILTERS: readonly FilterSpec[] = [
  { exact: { type: "order.created", region: "eu-west" } },
  { all: [{ prefix: { type: "order." } }, { not: { exact: { region: "us" } } }] },
  { cesql: "type = 'order.created'" },
  { cesql: "type = 'order.created' AND region = 'eu-west'" },
  { cesql: "type = 'order.created' AND (region LIKE 'eu-%' OR amount > 100)" },
  { cesql: "LOWER(region) IN ('us-east', 'eu-east', 'eu-west')" },
  { cesql: "absent = 'x'" },
];

const EVENT: CloudEvent = {
  attributes: new Map([
    ["specversion", "1.0"],
    ["id", "0b1f"],
    ["source", "/bench"],
    ["type", "order.created"],
    ["region", "eu-west"],
    ["amount", "250"],
  ]),
  data: null,
};

const contenders = FILTERS.map((spec) => ({
  name: spec.cesql ?? JSON.stringify(spec),
  filter: compileFilters({ filters: [spec], attributes: null }),
  perSecond: [] as number[],
}));
for (let round = 0; round < ROUNDS; round++) {
  for (const { filter, perSecond } of contenders) {
    // Counted, so that no evaluation can be optimised away.
    let passed = 0;
    const start = performance.now();
    for (let count = 0; count < EVALUATIONS; count++) if (filter(EVENT) === "pass") passed += 1;
    const seconds = (performance.now() - start) / 1000;
    if (passed !== 0 && passed !== EVALUATIONS) throw new Error("a filter changed its mind");
    perSecond.push(EVALUATIONS / seconds);
  }
}
for (const { name, perSecond } of contenders) {
  const millions = (median(perSecond) / 1e6).toFixed(1).padStart(6);
  process.stdout.write(`${millions} M/s  ${name}\n`);
}
