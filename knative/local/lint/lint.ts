import { destinationFaults } from "../addressables.ts";
import { orderFaults } from "../broker/order-faults.ts";
import type { Fault } from "../manifests/fault.ts";
import { notHonoured } from "../manifests/config/not-honoured.ts";
import { loadManifests, type Located } from "../manifests/load.ts";
import { readWiring, type Wiring } from "../manifests/wiring.ts";
import type { Remarks } from "../manifests/yaml-file.ts";
import { deliveryRules } from "./delivery-rules.ts";
import { filterRules } from "./filter-rules.ts";
import { serviceRules } from "./service-rules.ts";
import { sourceRules } from "./source-rules.ts";
import { triggerRules } from "./trigger-rules.ts";
import { unreadyRules } from "./unready-rules.ts";
import { inspect, type Rule, type Warning } from "./warning.ts";

const RULES: readonly Rule[] = [
  deliveryRules,
  filterRules,
  triggerRules,
  serviceRules,
  sourceRules,
  unreadyRules,
];

/** Every trap in manifests that are otherwise right, in the order of their places. Pure. */
function lint(located: readonly Located[], wiring: Wiring, mode: "sync" | "stored"): Warning[] {
  const inspected = inspect(located, wiring, mode);
  return RULES.flatMap((rule) => rule(inspected)).sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line,
  );
}

export type Checked = {
  located: Located[];
  wiring: Wiring;
  /** What has no part in what runs, each by name: files that are no manifests, keys of configs. */
  left: readonly string[];
  /** What can be read and not run: destinations that can't be sent to here. */
  faults: Fault[];
  warnings: Warning[];
};

/**
 * Reads manifests as a start does; `visited` gets each file and folder that was read.
 * @throws ManifestError with every fault of what can't be read
 */
export async function checkManifests(
  paths: readonly string[],
  mode: "sync" | "stored",
  visited?: Set<string>,
): Promise<Checked> {
  const remarks: Remarks = { skipped: [], doubts: [] };
  const located = await loadManifests(paths, visited, remarks);
  const wiring = readWiring(located);
  const faults = [...destinationFaults(wiring), ...(mode === "sync" ? orderFaults(wiring) : [])];
  const left = [
    ...remarks.doubts,
    ...remarks.skipped.map(({ file, reason }) => `left out ${file}: it ${reason}`),
    ...notHonoured(located),
  ];
  return { located, wiring, left, faults, warnings: lint(located, wiring, mode) };
}

/** `file:line: message [rule]` */
export function warningText({ file, line, message, rule }: Warning): string {
  return `${file}:${line}: ${message} [${rule}]`;
}
