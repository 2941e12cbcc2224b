import { deepEqual } from "./deep-equal.ts";
import { at, own } from "./kube-object.ts";
import { isSidecar, qosClassOf } from "./pod-resources.ts";
import { parseQuantity } from "./quantity.ts";
import type { ServerVersion } from "./server-version.ts";
import { forbiddenField, invalidValue } from "./status-error.ts";
import type { Cause } from "./status-error.ts";
import type {
  ContainerResources,
  ContainerSpec,
  Pod,
  PodSpecType,
  ResourceList,
} from "./workload-types.ts";

/** What the kubelet writes on the API's picture of a pod that it has from a file. */
const MIRROR_POD = "kubernetes.io/config.mirror";
const resizable: ReadonlySet<string> = new Set(["cpu", "memory"]);

function removed(before: ContainerResources, after: ContainerResources, field: string): Cause[] {
  return (["requests", "limits"] as const).flatMap((list) => {
    const isMissing = Object.keys(before[list] ?? {}).some(
      (resource) => after[list]?.[resource] === undefined,
    );
    return isMissing
      ? [forbiddenField(`${field}.${list}`, `resource ${list} cannot be removed`)]
      : [];
  });
}

/** All of a container but its cpu and memory. */
function otherThanSizes(container: ContainerSpec): unknown {
  const rest = (list: ResourceList | undefined): unknown =>
    Object.entries(list ?? {}).filter(([resource]) => !resizable.has(resource));
  const { requests, limits, ...more } = container.resources ?? {};
  return { ...container, resources: { ...more, requests: rest(requests), limits: rest(limits) } };
}

const staysOtherwise = (before: ContainerSpec, after: ContainerSpec): boolean =>
  deepEqual(otherThanSizes(before), otherThanSizes(after));

/** Requests within limits, and quantities that are quantities. */
export function resourceCauses(resources: ContainerResources | undefined, field: string): Cause[] {
  const causes: Cause[] = [];
  for (const list of ["requests", "limits"] as const) {
    for (const [resource, text] of Object.entries(resources?.[list] ?? {})) {
      const value = parseQuantity(text);
      if (value === null) {
        causes.push(
          invalidValue(
            `${field}.${list}[${resource}]`,
            text,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
          ),
        );
      } else if (value < 0) {
        causes.push(
          invalidValue(
            `${field}.${list}[${resource}]`,
            String(text),
            "must be greater than or equal to 0",
          ),
        );
      }
    }
  }
  for (const [resource, limit] of Object.entries(resources?.limits ?? {})) {
    const request = resources?.requests?.[resource];
    if (request === undefined) continue;
    if ((parseQuantity(request) ?? 0) > (parseQuantity(limit) ?? Infinity)) {
      causes.push(
        invalidValue(
          `${field}.requests`,
          String(request),
          `must be less than or equal to ${resource} limit of ${limit}`,
        ),
      );
    }
  }
  return causes;
}

/** By its limit, and without a restart. */
function isMemoryLowered(
  { resources, resizePolicy }: ContainerSpec,
  after: ContainerSpec,
): boolean {
  const restarts = resizePolicy?.some(
    ({ resourceName, restartPolicy }) =>
      resourceName === "memory" && restartPolicy === "RestartContainer",
  );
  const [old, now] = [resources, after.resources].map((each) => each?.limits?.["memory"]);
  if (restarts === true || old === undefined || now === undefined) return false;
  return (parseQuantity(now) ?? 0) < (parseQuantity(old) ?? 0);
}

const lists = ["containers", "initContainers"] as const;

function orderCauses(before: Pod, after: Pod): Cause[] {
  return lists.flatMap((list) => {
    const [old, now] = [before.spec[list] ?? [], after.spec[list] ?? []];
    if (old.length !== now.length) {
      return [forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`)];
    }
    return old.flatMap(({ name }, index) =>
      now[index]?.name === name
        ? []
        : [
            forbiddenField(
              `spec.${list}[${index}].name`,
              `${list} may not be renamed or reordered on resize`,
            ),
          ],
    );
  });
}

function sizeCauses(
  before: Pod,
  after: Pod,
  { canLowerMemory }: Pick<ServerVersion, "canLowerMemory">,
): Cause[] {
  const causes: Cause[] = [];
  const others: Cause[] = [];
  (before.spec.initContainers ?? []).forEach((container, index) => {
    const now = after.spec.initContainers?.[index] ?? container;
    if (!isSidecar(container)) {
      if (deepEqual(container, now)) return;
      const why = "resources for non-sidecar init containers are immutable";
      others.push(forbiddenField("spec", why));
      return;
    }
    const field = `spec.initContainers[${index}].resources`;
    causes.push(...removed(container.resources ?? {}, now.resources ?? {}, field));
    if (!staysOtherwise(container, now)) {
      const why = "only cpu and memory resources for sidecar containers are mutable";
      others.push(forbiddenField("spec", why));
    }
  });
  const mains: Cause[] = [];
  before.spec.containers.forEach((container, index) => {
    const now = after.spec.containers[index] ?? container;
    const field = `spec.containers[${index}].resources`;
    causes.push(...removed(container.resources ?? {}, now.resources ?? {}, field));
    if (!canLowerMemory && isMemoryLowered(container, now)) {
      const why = "memory limits cannot be decreased unless resizePolicy is RestartContainer";
      causes.push(forbiddenField(`${field}.limits`, why));
    }
    if (!staysOtherwise(container, now)) {
      mains.push(forbiddenField("spec", "only cpu and memory resources are mutable"));
    }
  });
  return [...causes, ...mains, ...others];
}

/** By the first container that runs: before any does, nobody knows. */
function canNodeResize({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

/**
 * What kube-apiserver of 1.33 to 1.35 refuses on `pods/resize`
 * (`ValidatePodResize` in pkg/apis/core/validation/validation.go), in its order.
 * @returns no cause when the resize may be stored
 */
export function resizeCauses(
  before: Pod,
  after: Pod,
  version: Pick<ServerVersion, "canLowerMemory">,
): Cause[] {
  if (own(before.metadata.annotations, MIRROR_POD) !== undefined) {
    return [forbiddenField("", "static pods cannot be resized")];
  }
  if (at(before.spec["os"], "name") === "windows") {
    return [forbiddenField("", "windows pods cannot be resized")];
  }
  const causes = lists.flatMap((list) =>
    (after.spec[list] ?? []).flatMap(({ resources }, index) =>
      resourceCauses(resources, `spec.${list}[${index}].resources`),
    ),
  );
  const qosClass = before.status?.qosClass ?? qosClassOf(before.spec.containers);
  if (qosClass !== qosClassOf(after.spec.containers)) {
    const why = "Pod QOS Class may not change as a result of resizing";
    causes.push(invalidValue("spec", qosClass, why));
  }
  if (!canNodeResize(before)) {
    causes.push(forbiddenField("spec", "Pod running on node without support for resize"));
  }
  if (before.spec["resources"] !== undefined) {
    const why =
      "resize of pods with pod-level resources is forbidden when InPlacePodLevelResourcesVerticalScalingEnabled feature gate is disabled";
    return [...causes, forbiddenField("", why)];
  }
  const order = orderCauses(before, after);
  return [...causes, ...(order.length > 0 ? order : sizeCauses(before, after, version))];
}

/**
 * The pod a `pods/resize` body asks for: resources and resize policies of the containers that
 * exist. Everything else in the body, labels and annotations too, is dropped without a word; but
 * containers that are more, fewer, or in another order stay as they were asked for, to be refused.
 */
export function resizedPod(current: Pod, requested: Pod): Pod {
  const merged = lists.map((list): [typeof list, ContainerSpec[] | undefined] => {
    const [old, asked] = [current.spec[list], requested.spec[list]];
    const isSame =
      (old ?? []).length === (asked ?? []).length &&
      (old ?? []).every(({ name }, index) => asked?.[index]?.name === name);
    if (!isSame) return [list, asked];
    return [list, old?.map((container, index) => withSizes(container, asked?.[index]))];
  });
  const spec: PodSpecType = { ...current.spec };
  for (const [list, containers] of merged) {
    if (containers !== undefined && containers !== null) spec[list] = containers;
    else if (list === "initContainers") delete spec[list];
  }
  return { ...current, spec };
}

function withSizes(container: ContainerSpec, asked: ContainerSpec | undefined): ContainerSpec {
  const { resources, resizePolicy } = asked ?? container;
  const { resizePolicy: _policy, ...rest } = container;
  return {
    ...rest,
    resources: resources ?? {},
    ...(resizePolicy === undefined ? {} : { resizePolicy }),
  };
}
