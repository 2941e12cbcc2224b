import { randomUUID } from "node:crypto";
import { toObject, validate } from "./admission.ts";
import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { withAllotments } from "./cluster-ip.ts";
import { toCoreEvent, validateEvent } from "./cluster-events.ts";
import { deepEqual } from "./deep-equal.ts";
import { withDefaultsOf } from "./defaults.ts";
import { finishDeletion } from "./deletion.ts";
import { at, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { trackCreate, trackUpdate } from "./patch/managed-fields.ts";
import type { Writer } from "./patch/managed-fields.ts";
import { shapeOf } from "./patch/shape.ts";
import { admitPod } from "./pod-admission.ts";
import { checkQuota } from "./quota.ts";
import { apiVersionOf } from "./resource.ts";
import { coreEvents, namespaces, pods, serviceAccounts, services } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { forbidden } from "./status-error.ts";
import type { ServerVersion } from "./server-version.ts";
import type { Store } from "./store.ts";
import { assertSame, placedIn, withServerMetadata } from "./write-identity.ts";
import { resizedObject, updatedObject } from "./write-rules.ts";

export type WriteOptions = { writer: Writer; dryRun: boolean };

type Subresource = "" | "status" | "resize";

/** Creates and updates as the API server does: defaults, checks, then the store. */
export class Writes {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #version: ServerVersion;

  constructor(store: Store, clock: Clock, version: ServerVersion) {
    this.#store = store;
    this.#clock = clock;
    this.#version = version;
  }

  /** @throws StatusError 400, 403, 404, 409 or 422. */
  create(resource: Resource, namespace: string, body: unknown, options: WriteOptions): KubeObject {
    let object = toObject(body, resource, apiVersionOf(resource));
    object = placedIn(this.#store, object, resource, namespace);
    const given = object;
    if (resource.storage === coreEvents.storage) {
      validateEvent(object, resource.group);
      if (resource.group !== "") object = toCoreEvent(object);
    }
    if (resource.custom !== undefined) {
      object = withDefaultsOf(withoutStatus(object, resource), resource);
    }
    validate(object, resource);
    object = withDefaultsOf(object, resource);
    if (resource.storage === pods.storage) {
      this.#assertAccount(object);
      object = admitPod(this.#store, object);
    }
    if (resource.storage !== pods.storage) {
      checkQuota(this.#store, resource, undefined, object);
    }
    if (object.metadata.managedFields === undefined) {
      object = trackCreate(given, object, options.writer, {
        shape: shapeOf(resource),
        hasStatus: resource.subresources.includes("status"),
      });
    }
    if (resource.storage === services.storage) object = withAllotments(object);
    if (options.dryRun) return this.#dryCreated(resource, object);
    const created = this.#store.create(resource, object);
    if (resource.storage === namespaces.storage) this.#defaultAccount(created.metadata.name);
    return created;
  }

  /** @throws StatusError 403 for a pod of an account that is not there. */
  #assertAccount(pod: KubeObject): void {
    const { namespace, name } = pod.metadata;
    const account = textOf(at(pod, "spec", "serviceAccountName"));
    if (this.#store.get(serviceAccounts, namespace, account) !== undefined) return;
    throw forbidden(
      pods,
      name,
      `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`,
    );
  }

  #dryCreated(resource: Resource, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const taken = this.#store.get(resource, namespace, name);
    if (taken !== undefined) this.#store.create(resource, object);
    const creationTimestamp = toTime(this.#clock.nowMs());
    const metadata = {
      ...object.metadata,
      uid: randomUUID(),
      creationTimestamp,
      ...(resource.generation ? { generation: 1 } : {}),
    };
    return { ...object, metadata };
  }

  #defaultAccount(namespace: string): void {
    if (this.#store.get(serviceAccounts, namespace, "default") !== undefined) return;
    this.#store.create(serviceAccounts, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace },
    });
  }

  /**
   * Stores `body` in the place of `current`, or the part of it that `subresource` covers.
   * A patch that names another uid is 422, a replace 409.
   * @throws StatusError 400, 403, 409 or 422.
   */
  update(
    resource: Resource,
    current: KubeObject,
    body: unknown,
    subresource: Subresource,
    isPatch: boolean,
    options: WriteOptions,
  ): KubeObject {
    let next = toObject(body, resource, apiVersionOf(resource));
    if (resource.storage === coreEvents.storage && resource.group !== "") next = toCoreEvent(next);
    assertSame(resource, current, next, isPatch);
    next = { ...next, metadata: withServerMetadata(current, next) };
    if (subresource === "status") {
      next = { ...current, status: next["status"], metadata: { ...current.metadata } };
      if (resource.custom !== undefined) validate(next, resource);
    } else if (subresource === "resize") {
      next = resizedObject(resource, current, next, this.#version);
    } else {
      next = updatedObject(this.#store, resource, current, next);
    }
    next = withSameParts(current, next);
    if (deepEqual(withoutManagers(current), withoutManagers(next))) return current;
    if (subresource !== "status") checkQuota(this.#store, resource, current, next);
    if (options.writer.operation === "Update") {
      const tracked = subresource === "" ? options.writer : { ...options.writer, subresource };
      next = trackUpdate(current, next, tracked, shapeOf(resource));
    }
    next = withoutNoOwners(next);
    if (options.dryRun) return next;
    const updated = this.#store.update(resource, next);
    finishDeletion(this.#store, resource, updated);
    return updated;
  }
}

/** `next` with the very parts of `current` where they are equal: whoever compares the two again is quick. */
function withSameParts(current: KubeObject, next: KubeObject): KubeObject {
  const same: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(next)) {
    if (field !== "metadata" && value !== current[field] && deepEqual(value, current[field])) {
      same[field] = current[field];
    }
  }
  return { ...next, ...same };
}

/** Of a definition with a status of its own: that of a new object is for later. */
function withoutStatus(object: KubeObject, { subresources }: Resource): KubeObject {
  const { status: _status, ...rest } = object;
  return subresources.includes("status") ? (rest as KubeObject) : object;
}

/** When the last owner has let go there is no list of them. */
function withoutNoOwners(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields?.length === 0 ? { ...object, metadata } : object;
}

const withoutManagers = (object: KubeObject): unknown => {
  const { managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
};
