import { isRecord } from "../cluster/kube-object.ts";
import { configData } from "./config/config-data.ts";
import type { Fault } from "./fault.ts";
import type { Located } from "./load.ts";
import { POD_FLAGS } from "./pod-gate.ts";

/** Where a pod is put. One machine has no other place: once allowed, they are left out. */
const PLACEMENT = [
  "nodeSelector",
  "affinity",
  "topologySpreadConstraints",
  "tolerations",
  "priorityClassName",
  "schedulerName",
];

/** The feature flags that a `config-features` among the manifests turns on, of Serving or Eventing. */
export function enabledFeatures(
  located: readonly Located[],
  namespace: "knative-serving" | "knative-eventing",
): ReadonlySet<string> {
  const data = configData(located, namespace, "config-features")?.data ?? {};
  // What Serving calls allowed is taken; Eventing asks for enabled.
  const on = namespace === "knative-serving" ? ["enabled", "allowed"] : ["enabled"];
  return new Set(Object.keys(data).filter((flag) => on.includes(data[flag]?.toLowerCase() ?? "")));
}

const STATES = /^(enabled|disabled|allowed)$/i;
const OWN_STATES: Readonly<Record<string, RegExp>> = {
  "transport-encryption": /^(disabled|permissive|strict)$/i,
  "default-authorization-mode": /^(allow-all|deny-all|allow-same-namespace)$/i,
};

/** Eventing refuses a config with a flag that is in no state. `E:pkg/apis/feature/features.go` */
export function featureFaults(located: readonly Located[]): Fault[] {
  const config = configData(located, "knative-eventing", "config-features");
  if (config === null) return [];
  return Object.entries(config.data).flatMap(([flag, state]) => {
    if (flag.startsWith("_") || flag.includes("nodeselector-")) return [];
    const own = Object.hasOwn(OWN_STATES, flag) ? OWN_STATES[flag] : undefined;
    if (STATES.test(state) || own?.test(state) === true) return [];
    return [config.faultAt(flag, `cannot parse the feature flag ${JSON.stringify(state)}`)];
  });
}

/**
 * The same Knative Service without what its features allow and one machine cannot follow. Without
 * the flag the field stays, and is refused as Serving's webhook does.
 */
export function withoutPlacement(one: Located, features: ReadonlySet<string>): Located {
  const spec = one.object["spec"] as { template?: { spec?: Record<string, unknown> } } | undefined;
  const pod = spec?.template?.spec;
  if (pod === undefined) return one;
  const isLeftOut = (field: string): boolean =>
    PLACEMENT.includes(field) && features.has(POD_FLAGS[field] ?? "");
  const kept = Object.fromEntries(Object.entries(pod).filter(([field]) => !isLeftOut(field)));
  const template = { ...spec?.template, spec: kept };
  return { ...one, object: { ...one.object, spec: { ...spec, template } } };
}

/** Fields that Eventing's webhook takes with a feature only. `E:pkg/apis/feature/flag_names.go` */
const FLAGGED: readonly { kinds: readonly string[]; path: readonly string[]; flag: string }[] = [
  {
    kinds: ["Broker", "Trigger"],
    path: ["spec", "delivery", "retryAfterMax"],
    flag: "delivery-retryafter",
  },
  {
    kinds: ["Trigger"],
    path: ["spec", "brokerRef", "namespace"],
    flag: "cross-namespace-event-links",
  },
  {
    kinds: ["ApiServerSource"],
    path: ["spec", "filters"],
    flag: "new-apiserversource-filters",
  },
];

/** Of both; what one machine cannot follow of the others is refused by field, or named. */
export const HONOURED_FLAGS: ReadonlySet<string> = new Set([
  ...FLAGGED.map(({ flag }) => flag),
  ...PLACEMENT.flatMap((field) => POD_FLAGS[field] ?? []),
  // On by default, and so here.
  "new-trigger-filters",
  "delivery-timeout",
]);

/** What Eventing's webhook says to the fields of an object that need a feature which is off. */
export function flaggedFaults(one: Located, eventing: ReadonlySet<string>): Fault[] {
  const { kind, metadata } = one.object;
  return FLAGGED.flatMap(({ kinds, path, flag }) => {
    if (!kinds.includes(kind) || eventing.has(flag)) return [];
    const found = path.reduce<unknown>(
      (value, name) => (isRecord(value) ? value[name] : undefined),
      one.object,
    );
    if (found === undefined || (Array.isArray(found) && found.length === 0)) return [];
    const reason = `needs the feature ${flag}, which is off by default`;
    const message = `${kind} ${metadata.name}: ${path.join(".")}: ${reason}`;
    return [{ file: one.file, line: one.lineOf(path), message }];
  });
}
