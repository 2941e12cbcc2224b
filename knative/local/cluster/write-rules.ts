import { podSpecCauses, validate } from "./admission.ts";
import { configUpdateCauses } from "./config-data.ts";
import { deepEqual } from "./deep-equal.ts";
import { withDefaultsOf } from "./defaults.ts";
import { kindUpdateCauses } from "./kind-rules.ts";
import type { KubeObject } from "./kube-object.ts";
import { finalizerUpdateCauses } from "./metadata.ts";
import { resizeCauses, resizedPod } from "./resize-rules.ts";
import { persistentVolumeClaims, pods } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { forbiddenField, invalid, invalidValue } from "./status-error.ts";
import type { ServerVersion } from "./server-version.ts";
import type { Store } from "./store.ts";
import { checkExpansion } from "./volume-claims.ts";
import type { ContainerSpec, Pod, Workload } from "./workload-types.ts";

/** Fields of a pod that a plain update may change, named as validation.go names them. */
const podUpdateRule =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/**
 * The pod with the resources that a resize asks for.
 * @throws StatusError 422.
 */
export function resizedObject(
  resource: Resource,
  current: KubeObject,
  next: KubeObject,
  version: ServerVersion,
): KubeObject {
  const resized = withDefaultsOf(resizedPod(current as Pod, next as Pod), resource) as Pod;
  const causes = [
    ...podSpecCauses(resized.spec, "spec"),
    ...resizeCauses(current as Pod, resized, version),
  ];
  if (causes.length > 0) throw invalid(resource, current.metadata.name, causes);
  return resized;
}

/**
 * The object as a plain update leaves it: its status as it was, its defaults filled in.
 * @throws StatusError 403 or 422 for what may not change.
 */
export function updatedObject(
  store: Store,
  resource: Resource,
  current: KubeObject,
  next: KubeObject,
): KubeObject {
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
  // What a definition fills in may be what it requires.
  const given = resource.custom === undefined ? merged : withDefaultsOf(merged, resource);
  validate(given, resource);
  const filled = withDefaultsOf(given, resource);
  const fixed = [
    ...configUpdateCauses(current, filled),
    ...finalizerUpdateCauses(current, filled),
    ...kindUpdateCauses(current, filled, resource),
  ];
  if (fixed.length > 0) throw invalid(resource, current.metadata.name, fixed);
  if (resource.storage === pods.storage) {
    const causes = podUpdateCauses(current as Pod, filled as Pod);
    if (causes.length > 0) throw invalid(resource, current.metadata.name, causes);
  }
  if (resource.storage === persistentVolumeClaims.storage) {
    checkExpansion(store, current, filled);
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

function podUpdateCauses(current: Pod, next: Pod) {
  const blank = (containers: ContainerSpec[] | undefined): unknown =>
    containers?.map((container) => ({ ...container, image: "" }));
  const frozen = ({ spec }: Pod): unknown => ({
    ...spec,
    containers: blank(spec.containers),
    initContainers: blank(spec.initContainers),
    activeDeadlineSeconds: 0,
    tolerations: 0,
  });
  const causes = (["containers", "initContainers"] as const).flatMap((list) =>
    (current.spec[list] ?? []).length === (next.spec[list] ?? []).length
      ? []
      : [forbiddenField(`spec.${list}`, "pod updates may not add or remove containers")],
  );
  if (causes.length > 0) return causes;
  return deepEqual(frozen(current), frozen(next)) ? [] : [forbiddenField("spec", podUpdateRule)];
}
