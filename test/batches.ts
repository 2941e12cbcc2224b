/**
 * The beginnings of the paths of test files that share a process, in the order in which they are
 * begun: what takes longest first, so that nobody waits for it at the end. A file is with the longest
 * beginning that it has.
 */
export const BATCHES = [
  "test/e2e/actuation",
  "test/bench/smoke",
  "test/functions/resource-patch/",
  "test/knative/local/",
  "test/e2e/minikube-overlay",
  "test/e2e/readme",
  "test/e2e/",
  "test/knative/local/broker/",
  "test/functions/resource-patch/workload/",
  "test/e2e/prometheus-chain",
  "test/e2e/pull",
  "test/e2e/scenarios",
  "test/dockerfile",
  "test/functions/",
  "test/e2e/reload",
  "test/functions/console/",
  "test/e2e/storm",
  "test/e2e/cluster-change",
  "test/functions/resource-patch/change-target",
  "test/",
  "test/knative/",
  "test/e2e/foreign",
  "test/e2e/rolling-update",
  "test/knative/local/serving/",
  "test/e2e/numbers",
  "test/functions/number-receive/",
  "test/e2e/sink-down",
  "test/knative/local/cluster/",
  "test/functions/resource-patch/verdicts",
  "test/e2e/after-decision",
  "test/e2e/status-page",
  "test/e2e/alert-path",
  "test/e2e/guards",
  "test/shared/",
];

/**
 * All of `files`, in their order, by batch. Which share a process is the same in every run and on
 * every machine, and so is their order in it.
 */
export function batchesOf(files: readonly string[]): string[][] {
  const begun = ([beginning]: [string, string[]]) => BATCHES.indexOf(beginning);
  return [...Map.groupBy(files, batchOf)]
    .sort((one, other) => begun(one) - begun(other))
    .map(([, batch]) => batch);
}

function batchOf(file: string): string {
  const found = BATCHES.filter((beginning) => file.startsWith(beginning));
  return found.reduce((longest, next) => (next.length > longest.length ? next : longest), "");
}
