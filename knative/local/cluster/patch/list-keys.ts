/** How Kubernetes identifies the items of a list that merges (the `patchMergeKey` of the Go types). */
const mergeKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["containers", ["name"]],
  ["initContainers", ["name"]],
  ["ephemeralContainers", ["name"]],
  ["env", ["name"]],
  ["volumes", ["name"]],
  ["volumeMounts", ["mountPath"]],
  ["volumeDevices", ["devicePath"]],
  ["imagePullSecrets", ["name"]],
  ["secrets", ["name"]],
  ["hostAliases", ["ip"]],
  ["topologySpreadConstraints", ["topologyKey"]],
  ["ownerReferences", ["uid"]],
  ["conditions", ["type"]],
  ["containerStatuses", ["name"]],
  ["addresses", ["type"]],
  ["webhooks", ["name"]],
  ["matchConditions", ["name"]],
  ["variables", ["name"]],
]);

/** Lists of plain values that merge as sets. */
const setLists: ReadonlySet<string> = new Set(["finalizers", "validationActions"]);

/**
 * The key of the list at `path` (field names only): null when it is replaced as a whole.
 * `ports` is keyed by `containerPort` in a container and by `port` in a Service.
 */
export function mergeKeyOf(path: readonly string[]): string | null {
  const field = path.at(-1) ?? "";
  if (field === "ports") return path.at(-2) === "spec" ? "port" : "containerPort";
  // A HorizontalPodAutoscaler, a CRD or a pod's containerStatuses are read by the server alone.
  return mergeKeys.get(field)?.[0] ?? null;
}

export const isSetList = (path: readonly string[]): boolean => setLists.has(path.at(-1) ?? "");

/** What tells the items of a list apart for who owns them (`listMapKey` of the API's schema). */
const ownedKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["containers", ["name"]],
  ["initContainers", ["name"]],
  ["ephemeralContainers", ["name"]],
  ["env", ["name"]],
  ["volumes", ["name"]],
  ["volumeMounts", ["mountPath"]],
  ["volumeDevices", ["devicePath"]],
  ["imagePullSecrets", ["name"]],
  ["hostAliases", ["ip"]],
  ["topologySpreadConstraints", ["topologyKey", "whenUnsatisfiable"]],
  ["ownerReferences", ["uid"]],
  ["conditions", ["type"]],
  ["webhooks", ["name"]],
  ["matchConditions", ["name"]],
]);

/** The keys of the list at `path` (field names only); null when it is owned as a whole. */
export function ownedKeysOf(path: readonly string[]): readonly string[] | null {
  const field = path.at(-1) ?? "";
  if (field === "ports") {
    return path.at(-2) === "spec" ? ["port", "protocol"] : ["containerPort", "protocol"];
  }
  return ownedKeys.get(field) ?? null;
}

/** Structs and maps that are owned as a whole (`mapType: atomic`): selectors and references. */
const atomicMaps: ReadonlySet<string> = new Set([
  "configMapKeyRef",
  "fieldRef",
  "involvedObject",
  "matchConstraints",
  "nodeSelector",
  "regarding",
  "resourceFieldRef",
  "podSelector",
  "port",
  "roleRef",
  "secretKeyRef",
  "selector",
]);

export const isAtomic = (path: readonly string[]): boolean => atomicMaps.has(path.at(-1) ?? "");
