import { MANAGED, namespace, pod, workload } from "./manifests.ts";
import type { Row } from "./row.ts";

const row = (
  code: string,
  name: string,
  reason: RegExp,
  object: Row["objects"][number],
  more: Partial<Row> = {},
): Row => ({
  code,
  action: "resize",
  namespace: name,
  reason,
  objects: [namespace(name, { allowedActions: "resize" }), object],
  ...more,
});

export const POD_ROWS: readonly Row[] = [
  row(
    "POD_REPLACED",
    "pod-replaced",
    /^the pod was replaced since its load was told$/,
    workload("pod-replaced"),
    { load: { podUid: "00000000-0000-4000-8000-000000000000" } },
  ),
  row(
    "POD_TERMINATING",
    "pod-terminating",
    /^the pod is going away$/,
    pod("pod-terminating", { metadata: { finalizers: ["lab.example/wait"] } }),
    {
      async arrange({ kube }) {
        await kube("DELETE", "/api/v1/namespaces/pod-terminating/pods/app");
      },
    },
  ),
  row(
    "POD_NOT_RUNNING",
    "pod-not-running",
    /^the pod is Pending, not Running$/,
    pod("pod-not-running", { pool: "none" }),
  ),
  row(
    "STATIC_POD",
    "static-pod",
    /^the pod comes from a file on its node$/,
    pod("static-pod", { annotations: { "kubernetes.io/config.mirror": "1" } }),
  ),
  row(
    "STATIC_POD",
    "static-pod-of-node",
    /^the pod comes from a file on its node$/,
    pod("static-pod-of-node", {
      metadata: {
        ownerReferences: [
          { apiVersion: "v1", kind: "Node", name: "main", uid: "main", controller: true },
        ],
      },
    }),
    { about: "by its owner" },
  ),
  row(
    "WINDOWS_POD",
    "windows-pod",
    /^pods on Windows cannot be resized in place$/,
    workload("windows-pod", { spec: { os: { name: "windows" } } }),
  ),
  row(
    "POD_LEVEL_RESOURCES",
    "pod-level-resources",
    /^sizes of a pod as a whole are not built yet$/,
    workload("pod-level-resources", {
      spec: { resources: { limits: { cpu: "1", memory: "1Gi" } } },
    }),
  ),
  row(
    "TOO_OLD_FOR_RESIZE",
    "too-old-kubelet",
    /^the pod's kubelet is 1\.32\.4; resizing in place needs 1\.33$/,
    workload("too-old-kubelet", { pool: "old", labels: MANAGED }),
    { about: "the kubelet" },
  ),
];
