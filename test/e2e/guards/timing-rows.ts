import { IDLE, LOW } from "./permission-rows.ts";
import { LARGE, MANAGED, namespace, workload } from "./manifests.ts";
import type { Row } from "./row.ts";

const agoText = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

const resize = (
  code: string,
  name: string,
  reason: RegExp,
  options: Parameters<typeof workload>[1],
  more: Partial<Row> = {},
): Row => ({
  code,
  action: "resize",
  namespace: name,
  reason,
  objects: [namespace(name, { allowedActions: "resize" }), workload(name, options)],
  ...more,
});

const ofClass = (sla: string) => ({ ...MANAGED, "vigie.dev/sla": sla });

/** What a change of eight hours ago has left on a pod, as the function writes it. */
const eightHoursAgo = (earlier: string[] = []) => ({
  "vigie.dev/resize-intent-cpu": JSON.stringify({
    earlier,
    id: "0".repeat(32),
    at: agoText(28_800),
    observedAt: agoText(28_801),
    changes: [
      {
        container: "app",
        kind: "container",
        before: { request: "200m", limit: "400m" },
        after: { request: "400m", limit: "800m" },
      },
    ],
    settled: { outcome: "applied", reason: "it was", at: agoText(28_799) },
  }),
});

/** Of the day before, and none of the last hour. */
const fifteenBefore = () => Array.from({ length: 15 }, (_, index) => agoText(80_000 - index));

const twiceTakenBack = (actions?: Row["action"][]) =>
  JSON.stringify({
    direction: "up",
    ...(actions === undefined ? {} : { actions }),
    failures: 2,
    at: agoText(60),
    until: agoText(-3_600),
  });

const ofWorkload = (
  name: string,
  action: Row["action"],
  annotations: Record<string, string>,
): Row => ({
  code: "BACKING_OFF",
  about: "of the workload",
  action,
  namespace: name,
  reason: /^2 changes up in a row were taken back; not again before \S+$/,
  objects: [
    namespace(name, { allowedActions: action }),
    workload(name, { workload: { labels: MANAGED, annotations } }),
  ],
});

/** Gold and bronze do not cool down here; bronze has one change an hour. */
export const TIMING_ROWS: readonly Row[] = [
  resize(
    "STALE_FACT",
    "stale-fact",
    /^the load was observed at \S+, before the last resize at \S+$/,
    { labels: ofClass("gold") },
    { isSecond: true, load: { observedAt: agoText(3_600) } },
  ),
  resize(
    "COOLING_DOWN",
    "cooling-down-up",
    /^the last resize is \d+ s ago, the class wants 3600 s between two$/,
    {},
    {
      isSecond: true,
      about: "more",
      // Long enough for the slowest machine.
      objects: [
        namespace("cooling-down-up", { allowedActions: "resize", cooldownUpSeconds: "3600" }),
        workload("cooling-down-up"),
      ],
    },
  ),
  resize(
    "COOLING_DOWN",
    "cooling-down-down",
    /^the last resize is \d{5} s ago, the class wants 86400 s between two$/,
    {},
    {
      about: "less",
      load: LOW,
      used: IDLE,
      objects: [
        namespace("cooling-down-down", { allowedActions: "resize", cooldownDownSeconds: "86400" }),
        workload("cooling-down-down", { sizes: LARGE, annotations: eightHoursAgo() }),
      ],
    },
  ),
  resize(
    "BACKING_OFF",
    "backing-off",
    /^2 changes up in a row were taken back; not again before \S+$/,
    { annotations: { "vigie.dev/back-off-cpu": twiceTakenBack() } },
    { about: "sizes of the pod" },
  ),
  ofWorkload("backing-off-template", "patch-owner", {
    "vigie.dev/back-off-cpu": twiceTakenBack(),
  }),
  ofWorkload("backing-off-replicas", "scale-out", {
    "vigie.dev/back-off-replicas-cpu": twiceTakenBack(["scale-out"]),
  }),
  resize(
    "BUDGET_SPENT",
    "budget-spent",
    /^1 change of the workload in an hour: that is the class's budget$/,
    { labels: ofClass("bronze") },
    { isSecond: true, about: "of a workload in an hour" },
  ),
  resize(
    "BUDGET_SPENT",
    "budget-spent-day",
    /^16 changes of the workload in a day: that is the class's budget$/,
    { labels: ofClass("bronze"), annotations: eightHoursAgo(fifteenBefore()) },
    { about: "of a workload in a day" },
  ),
  resize(
    "TRIED_ALREADY",
    "tried-already",
    /^resize was tried for this load: /,
    { pool: "broken" },
    { isFallback: true },
  ),
];
