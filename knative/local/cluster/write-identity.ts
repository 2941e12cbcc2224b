import { randomBytes } from "node:crypto";
import { textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { namespaces } from "./resources.ts";
import type { Resource } from "./resource.ts";
import {
  badRequest,
  conflict,
  forbidden,
  invalid,
  invalidValue,
  notFound,
  unexplained,
} from "./status-error.ts";
import type { Store } from "./store.ts";

/**
 * A new object in its namespace, with a name, without what the server alone sets.
 * @throws StatusError 400, 403 or 404 when it cannot be there.
 */
export function placedIn(
  store: Store,
  object: KubeObject,
  resource: Resource,
  namespace: string,
): KubeObject {
  const { metadata } = object;
  if (
    metadata.namespace !== undefined &&
    metadata.namespace !== "" &&
    metadata.namespace !== namespace
  ) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  if (resource.namespaced) {
    const home = store.get(namespaces, undefined, namespace);
    if (home === undefined) throw notFound(namespaces, namespace);
    if (home.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        resource,
        metadata.name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }
  const name =
    metadata.name === "" && typeof metadata.generateName === "string"
      ? `${metadata.generateName.slice(0, 58)}${randomBytes(5).toString("hex").slice(0, 5)}`
      : metadata.name;
  const {
    uid: _uid,
    resourceVersion,
    generation: _generation,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    namespace: _namespace,
    selfLink: _link,
    ...kept
  } = metadata;
  if (resourceVersion !== undefined && resourceVersion !== "") {
    throw unexplained("resourceVersion should not be set on objects to be created");
  }
  return {
    ...object,
    metadata: { ...kept, name, ...(resource.namespaced ? { namespace } : {}) },
  };
}

/** 400 for a body that is about another object than its URL, or about none. */
export function misnamed(given: unknown, name: string) {
  return given === undefined || given === ""
    ? badRequest(
        `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
      )
    : badRequest(
        `the name of the object (${textOf(given)}) does not match the name on the URL (${name})`,
      );
}

/**
 * What an update may not change: name, namespace, uid; and a stale resourceVersion is refused.
 * @throws StatusError 400, 409 or 422.
 */
export function assertSame(
  resource: Resource,
  current: KubeObject,
  next: KubeObject,
  isPatch: boolean,
): void {
  const { metadata } = next;
  const { name } = current.metadata;
  if (metadata.name !== name) throw misnamed(metadata.name, name);
  if (
    resource.namespaced &&
    metadata.namespace !== undefined &&
    metadata.namespace !== current.metadata.namespace
  ) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  const { uid, resourceVersion, deletionTimestamp } = metadata;
  if (
    deletionTimestamp !== undefined &&
    deletionTimestamp !== current.metadata.deletionTimestamp &&
    isPatch
  ) {
    const why = "field is immutable";
    throw invalid(resource, name, [
      invalidValue("metadata.deletionTimestamp", deletionTimestamp, why),
    ]);
  }
  if (uid !== undefined && uid !== "" && uid !== current.metadata.uid) {
    if (isPatch)
      throw invalid(resource, name, [invalidValue("metadata.uid", uid, "field is immutable")]);
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${registryKey(resource, current)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ""}`,
    );
  }
  if (!isPatch && (resourceVersion ?? "") === "" && !resource.builtin) {
    const { group, plural } = resource;
    const why = "must be specified for an update";
    throw invalid({ group, plural, kind: plural }, name, [
      invalidValue("metadata.resourceVersion", 0, why),
    ]);
  }
  if (resourceVersion !== undefined && !/^\d*$/.test(resourceVersion)) {
    const text = JSON.stringify(resourceVersion);
    throw unexplained(`strconv.ParseUint: parsing ${text}: invalid syntax`);
  }
  if (
    resourceVersion !== undefined &&
    resourceVersion !== "" &&
    resourceVersion !== current.metadata.resourceVersion
  ) {
    throw conflict(resource, name);
  }
}

/** `metadata` of an update: what a client cannot set is as the server has it. */
export function withServerMetadata(
  { metadata: current }: KubeObject,
  { metadata: next }: KubeObject,
): KubeObject["metadata"] {
  const own: Record<string, unknown> = {
    uid: current.uid,
    resourceVersion: current.resourceVersion,
    creationTimestamp: current.creationTimestamp,
    generation: current.generation,
    deletionTimestamp: current.deletionTimestamp,
    deletionGracePeriodSeconds: current.deletionGracePeriodSeconds,
    namespace: current.namespace,
    managedFields: next.managedFields ?? current.managedFields,
    selfLink: undefined,
  };
  const kept = Object.entries({ ...next, ...own }).filter(([, value]) => value !== undefined);
  return { name: current.name, ...Object.fromEntries(kept) };
}

/** Where etcd would have the object; built-in kinds leave their group out. */
function registryKey({ group, plural, builtin }: Resource, { metadata }: KubeObject): string {
  const kind = builtin ? plural : `${group}/${plural}`;
  return [
    "/registry",
    kind,
    ...(metadata.namespace === undefined ? [] : [metadata.namespace]),
    metadata.name,
  ].join("/");
}
