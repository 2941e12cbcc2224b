import { formatCpuMillis, formatMemoryBytes } from "../../../shared/quantity.ts";
import { at, isRecord } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { isFinished, podRequest } from "./pod-resources.ts";
import { parseCpuMillis, parseMemoryBytes, parseQuantity } from "./quantity.ts";
import { persistentVolumeClaims, pods } from "./resources.ts";
import type { Resource } from "./resource.ts";
import type { Store } from "./store.ts";
import type { Pod } from "./workload-types.ts";

/** What a quota can count here, and how much of it one object uses. */
type Counted = {
  of: Resource;
  usage: (object: KubeObject) => number;
  parse: (text: unknown) => number | null;
  show: (value: number) => string;
  /** Of a container that does not say, a new pod is refused. */
  mustSay?: readonly ["requests" | "limits", "cpu" | "memory"];
};

const number = { parse: parseQuantity, show: String, usage: () => 1 };
const cpu = { of: pods, parse: parseCpuMillis, show: formatCpuMillis };
const memory = { of: pods, parse: parseMemoryBytes, show: formatMemoryBytes };

const limitOf = (resource: "cpu" | "memory", parse: (text: unknown) => number | null) => ({
  usage: (object: KubeObject) =>
    (object as Pod).spec.containers.reduce(
      (sum, { resources }) => sum + (parse(resources?.limits?.[resource]) ?? 0),
      0,
    ),
  mustSay: ["limits", resource] as const,
});

const requestsCpu: Counted = {
  ...cpu,
  usage: (object) => podRequest(object as Pod).cpuMillis,
  mustSay: ["requests", "cpu"],
};
const requestsMemory: Counted = {
  ...memory,
  usage: (object) => podRequest(object as Pod).memoryBytes,
  mustSay: ["requests", "memory"],
};

const counted: ReadonlyMap<string, Counted> = new Map<string, Counted>([
  ["cpu", requestsCpu],
  ["requests.cpu", requestsCpu],
  ["memory", requestsMemory],
  ["requests.memory", requestsMemory],
  ["limits.cpu", { ...cpu, ...limitOf("cpu", parseCpuMillis) }],
  ["limits.memory", { ...memory, ...limitOf("memory", parseMemoryBytes) }],
  ["pods", { ...number, of: pods }],
  ["count/pods", { ...number, of: pods }],
  ["persistentvolumeclaims", { ...number, of: persistentVolumeClaims }],
  [
    "requests.storage",
    {
      of: persistentVolumeClaims,
      parse: parseMemoryBytes,
      show: formatMemoryBytes,
      usage: (claim) =>
        parseMemoryBytes(at(claim, "spec", "resources", "requests", "storage")) ?? 0,
    },
  ],
]);

const hardOf = (quota: KubeObject): [name: string, text: unknown, rule: Counted][] => {
  const hard = at(quota, "spec", "hard");
  return Object.entries(isRecord(hard) ? hard : {}).flatMap(([name, text]) => {
    const rule = counted.get(name);
    return rule === undefined ? [] : [[name, text, rule]];
  });
};

const isCounted = (object: KubeObject): boolean =>
  object.kind !== "Pod" || !isFinished(object as Pod);

function used(store: Store, quota: KubeObject, rule: Counted, except?: KubeObject): number {
  return store
    .objects(rule.of, quota.metadata.namespace)
    .filter((object) => isCounted(object) && object.metadata.name !== except?.metadata.name)
    .reduce((sum, object) => sum + rule.usage(object), 0);
}

/**
 * Why an object, new or changed, does not fit into a quota, in the words of the admission plugin;
 * null when it fits. Scopes are not looked at.
 */
export function quotaFault(
  store: Store,
  resource: Resource,
  before: KubeObject | undefined,
  after: KubeObject,
  quota: KubeObject,
): string | null {
  const { name } = quota.metadata;
  const rules = hardOf(quota).filter(([, , { of }]) => of.storage === resource.storage);
  if (before === undefined && resource.storage === pods.storage) {
    const silent = rules.flatMap(([kind, , { mustSay }]) => {
      if (mustSay === undefined) return [];
      const [list, what] = mustSay;
      const missing = (after as Pod).spec.containers.filter(
        ({ resources }) => resources?.[list]?.[what] === undefined,
      );
      const names = missing.map((container) => container.name).join(",");
      return names === "" ? [] : [`${kind} for: ${names}`];
    });
    if (silent.length > 0) return `failed quota: ${name}: must specify ${silent.join("; ")}`;
  }
  const over = rules.flatMap(([kind, text, rule]) => {
    const limit = rule.parse(text);
    const wanted = rule.usage(after);
    const had = before === undefined ? 0 : rule.usage(before);
    const others = used(store, quota, rule, after);
    return limit !== null && wanted > had && others + wanted > limit
      ? [
          {
            kind,
            requested: rule.show(wanted - had),
            used: rule.show(others + had),
            limited: String(text),
          },
        ]
      : [];
  });
  if (over.length === 0) return null;
  const row = (field: "requested" | "used" | "limited"): string =>
    over.map((entry) => `${entry.kind}=${entry[field]}`).join(",");
  return `exceeded quota: ${name}, requested: ${row("requested")}, used: ${row("used")}, limited: ${row("limited")}`;
}

/** The status the quota controller writes: what is counted, and how much of it is in use. */
export function quotaStatus(store: Store, quota: KubeObject): JsonRecord {
  const rules = hardOf(quota);
  return {
    hard: Object.fromEntries(rules.map(([name, text]) => [name, text])),
    used: Object.fromEntries(
      rules.map(([name, , rule]) => [name, rule.show(used(store, quota, rule))]),
    ),
  };
}
