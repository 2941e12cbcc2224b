import type { Resource } from "../../shared/policy-schema.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../shared/quantity.ts";

/** Quantities of a container as they are written, by resource. */
type Quantities = Readonly<Record<string, string>>;

export type Container = {
  kind: "container" | "sidecar";
  name: string;
  requests: Quantities;
  limits: Quantities;
};

/** A pod as it is now, and which of its sizes are decisions of ours. */
export type SizedPod = {
  containers: readonly Container[];
  decided: readonly { resource: Resource; container: string; kind: Container["kind"] }[];
};

/** What a template is to say of a container: only what was decided. */
export type ContainerSize = Pick<Container, "kind" | "name"> & {
  resources: { requests?: Record<string, string>; limits?: Record<string, string> };
};

/**
 * The sizes for a workload's template: of each container and resource that was decided for a pod,
 * the most that any of its pods asks for now. A pod that nobody resized runs with the template's
 * size, so a smaller one is written only when all pods do with it.
 */
export function sizesOf(pods: readonly SizedPod[]): ContainerSize[] {
  const sizes = new Map<string, ContainerSize>();
  for (const { resource, container, kind } of pods.flatMap(({ decided }) => decided)) {
    const key = `${kind} ${container}`;
    const size = sizes.get(key) ?? { kind, name: container, resources: {} };
    sizes.set(key, size);
    const same = pods.flatMap(({ containers }) =>
      containers.filter((each) => each.kind === kind && each.name === container),
    );
    for (const side of ["requests", "limits"] as const) {
      const largest = largestOf(
        same.map((each) => each[side][resource]),
        resource,
      );
      if (largest !== null) size.resources[side] = { ...size.resources[side], [resource]: largest };
    }
  }
  return [...sizes.values()];
}

/** null when none asks for any. */
function largestOf(quantities: readonly (string | undefined)[], resource: Resource): string | null {
  const parse = resource === "cpu" ? parseCpuMillis : parseMemoryBytes;
  let largest: string | null = null;
  for (const quantity of quantities) {
    if (quantity === undefined) continue;
    if (largest === null || parse(quantity) > parse(largest)) largest = quantity;
  }
  return largest;
}
