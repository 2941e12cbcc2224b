import { IDLE, LOW } from "./permission-rows.ts";
import { LARGE, MANAGED, namespace, pod, workload } from "./manifests.ts";
import { volumeRow } from "./need-rows.ts";
import type { FreeRow, Manifest, Row } from "./row.ts";
import { rowOf } from "./row-of.ts";

const limitRange = (inNamespace: string, limit: object): Manifest => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "sizes", namespace: inNamespace },
  spec: { limits: [limit] },
});

const quota = (inNamespace: string, hard: Record<string, string>): Manifest => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "team", namespace: inNamespace },
  spec: { hard },
});

/** Leaves 2m on a node of 1000m to a pod of 100m. */
const filler = (inNamespace: string, pool: string, spec: object = {}): Manifest =>
  pod(inNamespace, {
    pool,
    labels: {},
    metadata: { name: "filler" },
    sizes: { requests: { cpu: "898m", memory: "64Mi" } },
    spec: { ...spec },
  });

export const ROOM_ROWS: readonly Row[] = [
  rowOf(
    "LIMIT_RANGE",
    "resize",
    "limit-range-container",
    /^app: \d+m is above the LimitRange's 205m$/,
    [
      limitRange("limit-range-container", { type: "Container", max: { cpu: "205m" } }),
      workload("limit-range-container"),
    ],
    { about: "most of a container" },
  ),
  rowOf(
    "LIMIT_RANGE",
    "patch-owner",
    "limit-range-pod",
    /^the pod: \d+m is above the LimitRange's 205m$/,
    [
      limitRange("limit-range-pod", { type: "Pod", max: { cpu: "205m" } }),
      workload("limit-range-pod"),
    ],
    { about: "most of a pod" },
  ),
  rowOf(
    "LIMIT_RANGE",
    "resize",
    "limit-range-least",
    /^app: \d+m is below the LimitRange's 350m$/,
    [
      limitRange("limit-range-least", { type: "Container", min: { cpu: "350m" } }),
      workload("limit-range-least", { sizes: LARGE }),
    ],
    { about: "least of a container", load: LOW, used: IDLE },
  ),
  rowOf(
    "QUOTA",
    "resize",
    "quota-requests",
    /^the quota leaves 2m of requests, and \d+m more are wanted$/,
    [quota("quota-requests", { "requests.cpu": "102m" }), workload("quota-requests")],
    { about: "requests" },
  ),
  rowOf(
    "QUOTA",
    "scale-out",
    "quota-pods",
    /^the quota leaves 0 pods, and 1 more is wanted$/,
    [quota("quota-pods", { pods: "1" }), workload("quota-pods")],
    { about: "pods" },
  ),
  rowOf(
    "QUOTA",
    "patch-owner",
    "quota-limits",
    /^the quota leaves 10m of limits, and \d+m more are wanted$/,
    [quota("quota-limits", { "limits.cpu": "410m" }), workload("quota-limits", { replicas: 2 })],
    { about: "limits of all replicas" },
  ),
  rowOf(
    "NODE_TOO_SMALL",
    "resize",
    "node-too-small",
    /^\d+m is more than node tiny has at all \(104m\)$/,
    [workload("node-too-small", { pool: "tiny" })],
  ),
  rowOf("NODE_FULL", "resize", "node-full", /^node full has 2m left, and \d+m more are wanted$/, [
    filler("node-full", "full"),
    workload("node-full", { pool: "full" }),
  ]),
  rowOf(
    "NODE_PRESSURE",
    "resize",
    "node-pressure",
    /^node pressed is short of memory \(MemoryPressure\)$/,
    [workload("node-pressure", { pool: "pressed" })],
    { load: { resource: "memory" } },
  ),
  rowOf("NO_NODE_FITS", "scale-out", "no-node-fits", /^no node has room for another pod of 100m$/, [
    workload("no-node-fits", { pool: "single" }),
  ]),
  rowOf(
    "NO_NODE_FITS",
    "patch-owner",
    "no-node-fits-rollout",
    /^no node has room for another pod of \d+m$/,
    [workload("no-node-fits-rollout", { pool: "alone" })],
    { about: "a rollout" },
  ),
  volumeRow(
    "VOLUME_NOT_EXPANDABLE",
    "volume-not-expandable",
    /^StorageClass fixed of data does not allow it$/,
    { storageClass: "fixed" },
  ),
  volumeRow(
    "VOLUME_RESIZING",
    "volume-resizing",
    /^data is being resized: FileSystemResizePending$/,
    { conditions: [{ type: "FileSystemResizePending", status: "True" }] },
  ),
];

const { code: _code, reason: _reason, ...freeVolume } = volumeRow("", "free-grow-volume", /./);

export const FREE_ROOM_ROWS: readonly FreeRow[] = [
  { ...freeVolume, about: "a larger volume" },
  {
    about: "more CPU in place of pods of lower priority",
    action: "resize",
    namespace: "free-priority",
    objects: [
      namespace("free-priority", { allowedActions: "resize" }),
      {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: "lab-high" },
        value: 1000,
      },
      filler("free-priority", "shared"),
      workload("free-priority", {
        pool: "shared",
        labels: MANAGED,
        spec: { priorityClassName: "lab-high" },
      }),
    ],
  },
];
