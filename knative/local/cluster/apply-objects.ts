import { toObject, validate } from "./admission.ts";
import { storedAs, toStored } from "./autoscaler-v1.ts";
import { withDefaultsOf } from "./defaults.ts";
import { refuseHostile } from "./admission.ts";
import { toCoreEvent } from "./cluster-events.ts";
import type { KubeObject } from "./kube-object.ts";
import { apiVersionOf } from "./resource.ts";
import { namespaces, serviceAccounts } from "./resources.ts";
import type { Resource } from "./resource.ts";
import type { Store } from "./store.ts";

/** What became of a set of manifests. */
export type Applied = {
  created: number;
  updated: number;
  /** `apiVersion/kind name` of objects whose kind this cluster does not serve. */
  skipped: string[];
};

/**
 * Creates what is not there and replaces the spec (and what else is given) of what is. Namespaces
 * that are missing are made. A status in a manifest is kept, so a test can say how a pod is.
 * @throws StatusError 400 or 422 for an object of a served kind that is not valid.
 */
export function applyObjects(store: Store, objects: readonly KubeObject[]): Applied {
  const applied: Applied = { created: 0, updated: 0, skipped: [] };
  for (const given of objects) {
    const named = store.kinds.of(given);
    if (named === undefined) {
      applied.skipped.push(`${given.apiVersion}/${given.kind} ${given.metadata?.name ?? ""}`);
      continue;
    }
    const object = toStored(given, named) as KubeObject;
    if (applyOne(store, storedAs(named), object) === "created") applied.created += 1;
    else applied.updated += 1;
  }
  return applied;
}

function applyOne(store: Store, resource: Resource, given: KubeObject): "created" | "updated" {
  refuseHostile(given);
  let object = toObject(given, resource, apiVersionOf(resource));
  const namespace = resource.namespaced ? object.metadata.namespace || "default" : undefined;
  object = {
    ...object,
    metadata: { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) },
  };
  if (resource.group === "events.k8s.io") object = toCoreEvent(object);
  validate(object, resource);
  object = withDefaultsOf(object, resource);
  if (namespace !== undefined) ensureNamespace(store, namespace);
  const current = store.get(resource, namespace, object.metadata.name);
  if (current === undefined) {
    const { resourceVersion: _version, ...metadata } = object.metadata;
    store.create(resource, { ...object, metadata });
    if (resource.storage === namespaces.storage) ensureAccount(store, object.metadata.name);
    return "created";
  }
  const { labels, annotations, ownerReferences } = object.metadata;
  store.update(resource, {
    ...current,
    ...object,
    ...(given["status"] === undefined && current["status"] !== undefined
      ? { status: current["status"] }
      : {}),
    metadata: {
      ...current.metadata,
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      labels: { ...current.metadata.labels, ...labels },
      annotations: { ...current.metadata.annotations, ...annotations },
    },
  });
  return "updated";
}

function ensureNamespace(store: Store, name: string): void {
  if (store.get(namespaces, undefined, name) !== undefined) return;
  store.create(
    namespaces,
    withDefaultsOf({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, namespaces),
  );
  ensureAccount(store, name);
}

function ensureAccount(store: Store, namespace: string): void {
  if (store.get(serviceAccounts, namespace, "default") !== undefined) return;
  store.create(serviceAccounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  });
}
