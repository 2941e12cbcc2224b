import { IDLE, LOW } from "./permission-rows.ts";
import { LARGE, namespace, SMALL, workload } from "./manifests.ts";
import type { FreeRow, Row } from "./row.ts";

const memoryDown = (
  name: string,
  about: string,
  reason: RegExp,
  more: { policy?: Record<string, string>; pool?: string; used?: Row["used"] } = {},
): Row => ({
  code: "MEMORY_DOWN_UNSAFE",
  about,
  action: "resize",
  namespace: name,
  reason,
  objects: [
    namespace(name, { allowedActions: "resize", ...more.policy }),
    workload(name, { sizes: LARGE, pool: more.pool ?? "main" }),
  ],
  load: { ...LOW, resource: "memory" },
  used: more.used ?? IDLE,
});

export const SIZES_ROWS: readonly Row[] = [
  {
    code: "RESTART_NEEDED",
    action: "resize",
    namespace: "restart-needed",
    reason: /^a change of cpu would restart app \(resizePolicy\)$/,
    objects: [
      namespace("restart-needed", { allowedActions: "resize" }),
      workload("restart-needed", {
        container: {
          resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }],
        },
      }),
    ],
  },
  memoryDown("memory-down-policy", "by policy", /^memory is not made smaller, by policy$/, {
    policy: { "memory.canShrink": "false" },
  }),
  memoryDown(
    "memory-down-kubelet",
    "an older kubelet",
    /^a memory limit goes down in place from 1\.34 on, and the pod's kubelet is 1\.33\.2$/,
    { pool: "middle" },
  ),
];

const container = (name: string, more: object = {}) => ({
  name,
  image: `${name}:1`,
  resources: SMALL,
  ...more,
});

export const FREE_SIZES_ROWS: readonly FreeRow[] = [
  {
    about: "sidecars beside their container, but no init container and none of Knative's",
    action: "resize",
    namespace: "free-sidecar",
    objects: [
      namespace("free-sidecar", { allowedActions: "resize" }),
      workload("free-sidecar", {
        spec: {
          initContainers: [container("migrate"), container("proxy", { restartPolicy: "Always" })],
          containers: [container("app"), container("queue-proxy")],
        },
      }),
    ],
    changed: ["container app", "sidecar proxy"],
  },
];
