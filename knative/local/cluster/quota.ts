import { at, isRecord } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { isFinished, podRequest } from "./pod-resources.ts";
import {
  formatCpu,
  formatMemory,
  parseCpuMillis,
  parseMemoryBytes,
  parseQuantity,
} from "./quantity.ts";
import { limitRanges, pods, resourceQuotas } from "./resources.ts";
import type { Resource } from "./resources.ts";
import { forbidden } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { Pod } from "./workload-types.ts";

const bounds = {
  max: { adjective: "maximum", list: "limits", noun: "limit" },
  min: { adjective: "minimum", list: "requests", noun: "request" },
} as const;

/** The faults of a pod by one LimitRange, in the words of the LimitRanger. */
function limitFaults(pod: Pod, limitRange: KubeObject): string[] {
  const limits = at(limitRange, "spec", "limits");
  const items = (Array.isArray(limits) ? limits : []).filter(
    (item) => at(item, "type") === "Container",
  );
  return items.flatMap((item) =>
    (["max", "min"] as const).flatMap((field) =>
      Object.entries(Object(at(item, field) ?? {})).flatMap(([resource, bound]) =>
        pod.spec.containers.flatMap(({ resources }) => {
          const { adjective, list, noun } = bounds[field];
          const rule = `${adjective} ${resource} usage per Container is ${String(bound)}`;
          const value = resources?.[list]?.[resource];
          if (value === undefined) return [`${rule}.  No ${noun} is specified`];
          const over = (parseQuantity(value) ?? 0) - (parseQuantity(bound) ?? 0);
          const wrong = field === "max" ? over > 0 : over < 0;
          return wrong ? [`${rule}, but ${noun} is ${value}`] : [];
        }),
      ),
    ),
  );
}

type Kind = "requests.cpu" | "requests.memory" | "limits.cpu" | "limits.memory" | "pods";

const aliases: Readonly<Record<string, Kind>> = { cpu: "requests.cpu", memory: "requests.memory" };

function usageOf(pod: Pod, kind: Kind): number {
  if (kind === "pods") return 1;
  const [list, resource] = kind.split(".");
  if (list === "requests") {
    const request = podRequest(pod);
    return resource === "cpu" ? request.cpuMillis : request.memoryBytes;
  }
  return pod.spec.containers.reduce((sum, { resources }) => {
    const limit = resources?.limits?.[resource ?? ""];
    const value = resource === "cpu" ? parseCpuMillis(limit) : parseMemoryBytes(limit);
    return sum + (value ?? 0);
  }, 0);
}

const shown = (kind: Kind, value: number): string =>
  kind === "pods" ? String(value) : kind.endsWith("cpu") ? formatCpu(value) : formatMemory(value);

const hardOf = (kind: Kind, text: unknown): number | null =>
  kind === "pods"
    ? parseQuantity(text)
    : kind.endsWith("cpu")
      ? parseCpuMillis(text)
      : parseMemoryBytes(text);

function quotaFault(
  store: Store,
  before: Pod | undefined,
  after: Pod,
  quota: KubeObject,
): string | null {
  const hard = at(quota, "spec", "hard");
  if (!isRecord(hard)) return null;
  const others = (store.objects(pods, after.metadata.namespace) as Pod[]).filter(
    (pod) => !isFinished(pod) && pod.metadata.name !== after.metadata.name,
  );
  const over = Object.entries(hard).flatMap(([name, text]) => {
    const kind = aliases[name] ?? name;
    if (!isKind(kind)) return [];
    const limit = hardOf(kind, text);
    const wanted = usageOf(after, kind);
    const had = before === undefined ? 0 : usageOf(before, kind);
    const used = others.reduce((sum, pod) => sum + usageOf(pod, kind), had);
    return limit !== null && wanted > had && used - had + wanted > limit
      ? [
          {
            name,
            requested: shown(kind, wanted - had),
            used: shown(kind, used),
            limited: String(text),
          },
        ]
      : [];
  });
  if (over.length === 0) return null;
  const row = (field: "requested" | "used" | "limited"): string =>
    over.map((entry) => `${entry.name}=${entry[field]}`).join(",");
  return `exceeded quota: ${quota.metadata.name}, requested: ${row("requested")}, used: ${row("used")}, limited: ${row("limited")}`;
}

const kinds: readonly string[] = [
  "requests.cpu",
  "requests.memory",
  "limits.cpu",
  "limits.memory",
  "pods",
];
const isKind = (text: string): text is Kind => kinds.includes(text);

/**
 * LimitRanges of type Container (min, max) and ResourceQuotas of cpu, memory and pods, without
 * scopes, for a pod that is new or resized.
 * @throws StatusError 403 in the words of the admission plugins.
 */
export function checkQuota(
  store: Store,
  resource: Resource,
  before: KubeObject | undefined,
  after: KubeObject,
): void {
  if (resource.storage !== pods.storage) return;
  const pod = after as Pod;
  if (before !== undefined && before["spec"] === after["spec"]) return;
  const { namespace, name } = pod.metadata;
  const faults = store.objects(limitRanges, namespace).flatMap((range) => limitFaults(pod, range));
  if (faults.length > 0) {
    throw forbidden(
      resource,
      name,
      faults.length === 1 ? String(faults[0]) : `[${faults.join(", ")}]`,
    );
  }
  for (const quota of store.objects(resourceQuotas, namespace)) {
    const fault = quotaFault(store, before as Pod | undefined, pod, quota);
    if (fault !== null) throw forbidden(resource, name, fault);
  }
}
