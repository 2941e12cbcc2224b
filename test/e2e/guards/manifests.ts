import type { Manifest } from "./row.ts";

export const MANAGED = { "vigie.dev/managed": "true" };

/** Nodes are told apart by this label: each obstacle of a node has a node of its own. */
export const POOL = "pool";

export type Sizes = {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
};

export const SMALL: Sizes = {
  requests: { cpu: "100m", memory: "64Mi" },
  limits: { cpu: "200m", memory: "128Mi" },
};
/** With room to take away. */
export const LARGE: Sizes = {
  requests: { cpu: "400m", memory: "1Gi" },
  limits: { cpu: "800m", memory: "2Gi" },
};

export type PodOptions = {
  sizes?: Sizes;
  pool?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  container?: Record<string, unknown>;
  spec?: Record<string, unknown>;
};

type WorkloadOptions = PodOptions & {
  kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  replicas?: number;
  workload?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  workloadSpec?: Record<string, unknown>;
};

/** Annotations that narrow the policy for all in it. */
export function namespace(name: string, policy: Record<string, string> = {}): Manifest {
  const annotations = Object.fromEntries(
    Object.entries(policy).map(([field, value]) => [`vigie.dev/policy.${field}`, value]),
  );
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, annotations } };
}

function podSpec({ sizes = SMALL, pool = "main", container = {}, spec = {} }: PodOptions) {
  return {
    nodeSelector: { [POOL]: pool },
    containers: [{ name: "app", image: "app:1", resources: sizes, ...container }],
    ...spec,
  };
}

/** A pod of nobody. */
export function pod(
  inNamespace: string,
  options: PodOptions & {
    metadata?: Record<string, unknown>;
    status?: Record<string, unknown>;
  } = {},
): Manifest {
  const { labels = MANAGED, annotations = {}, metadata = {}, status } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "app",
      namespace: inNamespace,
      labels: { app: "app", ...labels },
      annotations,
      ...metadata,
    },
    spec: podSpec(options),
    ...(status === undefined ? {} : { status }),
  };
}

/** Always called `app`, and opted in. */
export function workload(inNamespace: string, options: WorkloadOptions = {}): Manifest {
  const { kind = "Deployment", replicas = 1, labels = MANAGED, annotations = {} } = options;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "app", namespace: inNamespace, labels, ...options.workload },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: "app" } : {}),
      selector: { matchLabels: { app: "app" } },
      template: {
        metadata: { labels: { app: "app", ...labels }, annotations },
        spec: podSpec(options),
      },
      ...options.workloadSpec,
    },
  };
}
