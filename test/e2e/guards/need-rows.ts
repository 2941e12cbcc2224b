import { SMALL, namespace, pod, workload } from "./manifests.ts";
import type { Row } from "./row.ts";

const resize = (
  code: string,
  name: string,
  reason: RegExp,
  load: Row["load"],
  more: { policy?: Record<string, string>; objects?: Row["objects"]; used?: Row["used"] } = {},
): Row => ({
  code,
  action: "resize",
  namespace: name,
  reason,
  objects: [
    namespace(name, { allowedActions: "resize", ...more.policy }),
    ...(more.objects ?? [workload(name)]),
  ],
  ...(load === undefined ? {} : { load }),
  ...(more.used === undefined ? {} : { used: more.used }),
});

const GIBIBYTE = 1024 ** 3;
/** Of the class whose volumes may have 1 GiB and no more. */
const BRONZE = { "vigie.dev/managed": "true", "vigie.dev/sla": "bronze" };

/** A pod with a claim that is nearly full, by what Prometheus knows of it. */
export function volumeRow(
  code: string,
  name: string,
  reason: RegExp,
  claim: { storageClass?: string; labels?: Record<string, string>; conditions?: object[] } = {},
): Row {
  const { storageClass = "standard", labels, conditions = [] } = claim;
  return {
    code,
    action: "grow-volume",
    namespace: name,
    reason,
    objects: [
      namespace(name, { allowedActions: "grow-volume" }),
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data", namespace: name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: storageClass,
          resources: { requests: { storage: "1Gi" } },
        },
        status: {
          phase: "Bound",
          accessModes: ["ReadWriteOnce"],
          capacity: { storage: "1Gi" },
          conditions,
        },
      },
      pod(name, {
        ...(labels === undefined ? {} : { labels }),
        spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
      }),
    ],
    // Nothing but the volume is short of anything.
    load: { percent: 40, band: "moderate" },
    used: { cpuMillis: 50, memoryBytes: 32 * 1024 ** 2, volumeBytes: 0.95 * GIBIBYTE },
  };
}

export const NEED_ROWS: readonly Row[] = [
  resize(
    "NOT_HIGH",
    "not-high",
    /^load moderate: history: percentile 90 of the last 60 minutes is 85m, 8 % on top: /,
    { percent: 60, band: "moderate" },
    { used: { cpuMillis: 85, memoryBytes: 32 * 1024 ** 2 } },
  ),
  resize("NO_PERCENT", "no-percent", /^only the band of the load is known, not its percent$/, {
    percent: null,
  }),
  resize(
    "NOTHING_TO_SCALE",
    "nothing-to-scale",
    /^no container has a request or limit of cpu to scale from$/,
    undefined,
    { objects: [workload("nothing-to-scale", { sizes: { requests: { memory: "64Mi" } } })] },
  ),
  resize("NOT_NEEDED", "not-needed", /^50 % is what the class aims for, or below$/, {
    percent: 50,
  }),
  resize("AT_BOUND", "at-bound", /^every container is at the class's bound of cpu$/, undefined, {
    policy: { "cpu.maxMillis": "200" },
    objects: [workload("at-bound", { sizes: SMALL })],
  }),
  volumeRow("VOLUME_AT_BOUND", "volume-at-bound", /^data is at the class's bound of 1 GiB$/, {
    labels: BRONZE,
  }),
];
