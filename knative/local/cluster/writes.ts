import { createHash, randomBytes } from "node:crypto";
import { toObject, validate, withDefaultsOf } from "./admission.ts";
import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { toCoreEvent, validateEvent } from "./cluster-events.ts";
import { deepEqual } from "./deep-equal.ts";
import { finishDeletion } from "./deletion.ts";
import type { KubeObject } from "./kube-object.ts";
import { trackUpdate } from "./patch/managed-fields.ts";
import type { Writer } from "./patch/managed-fields.ts";
import { admitPod } from "./pod-admission.ts";
import { checkQuota } from "./quota.ts";
import { resizeCauses, resizedPod } from "./resize-rules.ts";
import {
  apiVersionOf,
  coreEvents,
  namespaces,
  persistentVolumeClaims,
  pods,
  serviceAccounts,
} from "./resources.ts";
import type { Resource } from "./resources.ts";
import {
  badRequest,
  conflict,
  forbidden,
  forbiddenField,
  invalid,
  invalidValue,
  notFound,
} from "./status-error.ts";
import type { Store } from "./store.ts";
import { checkExpansion } from "./volume-claims.ts";
import type { ContainerSpec, Pod, Workload } from "./workload-types.ts";

export type WriteOptions = { writer: Writer; dryRun: boolean };

type Subresource = "" | "status" | "resize";

/** Fields of a pod that a plain update may change, named as validation.go names them. */
const podUpdateRule =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Creates and updates as the API server does: defaults, checks, then the store. */
export class Writes {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StatusError 400, 403, 404, 409 or 422. */
  create(resource: Resource, namespace: string, body: unknown, options: WriteOptions): KubeObject {
    let object = toObject(body, resource, apiVersionOf(resource));
    object = this.#placed(object, resource, namespace);
    if (resource.storage === coreEvents.storage) {
      validateEvent(object, resource.group);
      if (resource.group !== "") object = toCoreEvent(object);
    }
    validate(object, resource);
    object = withDefaultsOf(object, resource);
    if (resource.kind === "Service" && resource.group === "") object = withClusterIp(object);
    if (resource.storage === pods.storage) object = admitPod(this.#store, object);
    else checkQuota(this.#store, resource, undefined, object);
    if (object.metadata.managedFields === undefined) {
      object = trackUpdate(undefined, object, options.writer);
    }
    if (options.dryRun) return this.#dryCreated(resource, object);
    const created = this.#store.create(resource, object);
    if (resource.storage === namespaces.storage) this.#defaultAccount(created.metadata.name);
    return created;
  }

  #dryCreated(resource: Resource, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const taken = this.#store.get(resource, namespace, name);
    if (taken !== undefined) this.#store.create(resource, object);
    const creationTimestamp = toTime(this.#clock.nowMs());
    return { ...object, metadata: { ...object.metadata, creationTimestamp } };
  }

  #defaultAccount(namespace: string): void {
    if (this.#store.get(serviceAccounts, namespace, "default") !== undefined) return;
    this.#store.create(serviceAccounts, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace },
    });
  }

  #placed(object: KubeObject, resource: Resource, namespace: string): KubeObject {
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
      const home = this.#store.get(namespaces, undefined, namespace);
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
      throw badRequest("resourceVersion should not be set on objects to be created");
    }
    return {
      ...object,
      metadata: { ...kept, name, ...(resource.namespaced ? { namespace } : {}) },
    };
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
    this.#sameIdentity(resource, current, next, isPatch);
    next = { ...next, metadata: { ...next.metadata, ...serverMetadata(current, next) } };
    if (subresource === "status") {
      next = { ...current, status: next["status"], metadata: { ...current.metadata } };
    } else if (subresource === "resize") next = this.#resized(resource, current, next);
    else {
      next = this.#plain(resource, current, next);
    }
    if (deepEqual(withoutManagers(current), withoutManagers(next))) return current;
    if (subresource !== "status") checkQuota(this.#store, resource, current, next);
    if (options.writer.operation === "Update") {
      const tracked = subresource === "" ? options.writer : { ...options.writer, subresource };
      next = trackUpdate(current, next, tracked);
    }
    if (options.dryRun) return next;
    const updated = this.#store.update(resource, next);
    finishDeletion(this.#store, resource, updated);
    return updated;
  }

  #sameIdentity(resource: Resource, current: KubeObject, next: KubeObject, isPatch: boolean): void {
    const { metadata } = next;
    const { name } = current.metadata;
    if (metadata.name !== name) {
      throw badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    if (
      resource.namespaced &&
      metadata.namespace !== undefined &&
      metadata.namespace !== current.metadata.namespace
    ) {
      throw badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
    const { uid, resourceVersion } = metadata;
    if (uid !== undefined && uid !== "" && uid !== current.metadata.uid) {
      if (isPatch)
        throw invalid(resource, name, [invalidValue("metadata.uid", uid, "field is immutable")]);
      throw conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ""}`,
      );
    }
    if (
      resourceVersion !== undefined &&
      resourceVersion !== "" &&
      resourceVersion !== current.metadata.resourceVersion
    ) {
      throw conflict(resource, name);
    }
  }

  #resized(resource: Resource, current: KubeObject, next: KubeObject): KubeObject {
    validate(next, resource);
    const resized = withDefaultsOf(resizedPod(current as Pod, next as Pod), resource) as Pod;
    const causes = resizeCauses(current as Pod, resized);
    if (causes.length > 0) throw invalid(resource, current.metadata.name, causes);
    return { ...resized, spec: withOldPolicies(resized, current as Pod) };
  }

  #plain(resource: Resource, current: KubeObject, next: KubeObject): KubeObject {
    const hasStatus = resource.subresources.includes("status");
    const { status: _status, ...rest } = next;
    const merged: KubeObject = hasStatus
      ? {
          ...rest,
          apiVersion: next.apiVersion,
          kind: next.kind,
          metadata: next.metadata,
          ...(current["status"] === undefined ? {} : { status: current["status"] }),
        }
      : next;
    validate(merged, resource);
    const filled = withDefaultsOf(merged, resource);
    if (resource.storage === "pods.") {
      const causes = podUpdateCauses(current as Pod, filled as Pod);
      if (causes.length > 0) throw invalid(resource, current.metadata.name, causes);
    }
    if (resource.storage === persistentVolumeClaims.storage) {
      checkExpansion(this.#store, current, filled);
    }
    if (resource.group === "apps" && resource.builtin) {
      const selector = (filled as Workload).spec.selector;
      if (!deepEqual(selector, (current as Workload).spec.selector)) {
        throw invalid(resource, current.metadata.name, [
          invalidValue("spec.selector", selector, "field is immutable"),
        ]);
      }
    }
    return filled;
  }
}

const withoutManagers = (object: KubeObject): unknown => {
  const { managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
};

/** Metadata a client cannot set: as the server has it. */
function serverMetadata(current: KubeObject, next: KubeObject): Partial<KubeObject["metadata"]> {
  const { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    current.metadata;
  const { deletionGracePeriodSeconds, namespace, managedFields } = current.metadata;
  const fixed = { uid, resourceVersion, creationTimestamp };
  const optional = {
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    namespace,
    managedFields: next.metadata.managedFields ?? managedFields,
  };
  return {
    ...fixed,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

/** The resize policy is fixed when the pod is created. */
const withOldPolicies = (pod: Pod, current: Pod): Pod["spec"] => ({
  ...pod.spec,
  containers: pod.spec.containers.map((container, index) => {
    const resizePolicy = current.spec.containers[index]?.resizePolicy;
    const { resizePolicy: _policy, ...rest } = container;
    return resizePolicy === undefined ? rest : { ...rest, resizePolicy };
  }),
});

function podUpdateCauses(current: Pod, next: Pod) {
  const blank = (containers: ContainerSpec[] | undefined): unknown =>
    containers?.map((container) => ({ ...container, image: "" }));
  const frozen = ({ spec }: Pod): unknown => ({
    ...spec,
    containers: blank(spec.containers),
    initContainers: blank(spec.initContainers),
    activeDeadlineSeconds: 0,
    tolerations: 0,
    terminationGracePeriodSeconds: 0,
  });
  return deepEqual(frozen(current), frozen(next)) ? [] : [forbiddenField("spec", podUpdateRule)];
}

/** An address of the service range that stays the same for the same Service. */
function withClusterIp(object: KubeObject): KubeObject {
  const spec = Object(object["spec"] ?? {});
  if (spec.clusterIP !== undefined || spec.type === "ExternalName") return object;
  const digest = createHash("sha256")
    .update(`${object.metadata.namespace ?? ""}/${object.metadata.name}`)
    .digest();
  const clusterIP = `10.${96 + ((digest[0] ?? 0) % 16)}.${digest[1] ?? 0}.${1 + ((digest[2] ?? 0) % 254)}`;
  return { ...object, spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ...spec } };
}
