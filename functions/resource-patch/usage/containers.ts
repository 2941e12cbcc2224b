import type { V1Container } from "@kubernetes/client-node";
import type { ClassPolicy } from "../../../shared/policy-class.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../../shared/quantity.ts";
import type { Pod } from "../pod-facts.ts";
import type { Bounds } from "../sizing/bounds.ts";

const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** Knative's sidecar: Knative sets its size, and the rules leave it out. */
const NOT_OURS: ReadonlySet<string> = new Set(["queue-proxy"]);

/** A share in numbers: 0 where there is no request, null where there is no limit. */
type Amounts = { request: number; limit: number | null; bounds: Bounds };

/** A container that runs all the time, and what is in force for it. */
export type Sized = { name: string; cpuMillis: Amounts; memoryBytes: Amounts };

/** The containers of a pod that are sized: no init containers but sidecars, and none of Knative's. */
export function sizedContainers({ spec }: Pod, { cpu, memory }: ClassPolicy): Sized[] {
  const sidecars = (spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  const ours = [...(spec?.containers ?? []), ...sidecars].filter(({ name }) => !NOT_OURS.has(name));
  return ours.map((container) => ({
    name: container.name,
    cpuMillis: {
      ...amounts(container, "cpu", parseCpuMillis),
      bounds: { min: cpu.minMillis, max: cpu.maxMillis, step: 1 },
    },
    memoryBytes: {
      ...amounts(container, "memory", parseMemoryBytes),
      bounds: {
        min: memory.minMebibytes * BYTES_PER_MEBIBYTE,
        max: memory.maxMebibytes * BYTES_PER_MEBIBYTE,
        step: BYTES_PER_MEBIBYTE,
      },
    },
  }));
}

/** Where only a limit is written the request is the limit, as the API server has it. */
function amounts(
  { resources }: V1Container,
  resource: "cpu" | "memory",
  parse: (quantity: string) => number,
): { request: number; limit: number | null } {
  const written = (quantity: string | undefined) => (quantity === undefined ? 0 : parse(quantity));
  const limit = written(resources?.limits?.[resource]);
  const request = resources?.requests?.[resource];
  return {
    request: request === undefined ? limit : written(request),
    limit: limit > 0 ? limit : null,
  };
}
