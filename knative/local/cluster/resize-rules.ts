import { deepEqual } from "./deep-equal.ts";
import { at } from "./kube-object.ts";
import { isSidecar, qosClassOf } from "./pod-resources.ts";
import { parseQuantity } from "./quantity.ts";
import type { ServerVersion } from "./server-version.ts";
import { forbiddenField, invalidValue } from "./status-error.ts";
import type { Cause } from "./status-error.ts";
import type { ContainerResources, ContainerSpec, Pod } from "./workload-types.ts";

const resizable: ReadonlySet<string> = new Set(["cpu", "memory"]);

function removed(before: ContainerResources, after: ContainerResources, field: string): Cause[] {
  return (["requests", "limits"] as const).flatMap((list) =>
    Object.keys(before[list] ?? {})
      .filter((resource) => resizable.has(resource) && after[list]?.[resource] === undefined)
      .map(() => forbiddenField(`${field}.${list}`, `resource ${list} cannot be removed`)),
  );
}

function otherResources(before: ContainerResources, after: ContainerResources): boolean {
  const others = (resources: ContainerResources): unknown =>
    (["requests", "limits"] as const).map((list) =>
      Object.entries(resources[list] ?? {}).filter(([resource]) => !resizable.has(resource)),
    );
  return !deepEqual(others(before), others(after));
}

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

function containerCauses(
  before: ContainerSpec,
  after: ContainerSpec,
  field: string,
  sidecar: boolean,
): Cause[] {
  const old = before.resources ?? {};
  const now = after.resources ?? {};
  return [
    ...resourceCauses(now, `${field}.resources`),
    ...removed(old, now, `${field}.resources`),
    ...(otherResources(old, now)
      ? [
          forbiddenField(
            `${field}.resources`,
            sidecar
              ? "only cpu and memory resources for sidecar containers are mutable"
              : "only cpu and memory resources are mutable",
          ),
        ]
      : []),
  ];
}

/**
 * What kube-apiserver of 1.33 to 1.35 refuses on `pods/resize`
 * (`ValidatePodResize` in pkg/apis/core/validation/validation.go).
 * @returns no cause when the resize may be stored
 */
export function resizeCauses(
  before: Pod,
  after: Pod,
  version: Pick<ServerVersion, "canLowerMemory">,
): Cause[] {
  const causes: Cause[] = [];
  if (before.metadata.ownerReferences?.some(({ kind }) => kind === "Node") === true) {
    causes.push(forbiddenField("", "static pods cannot be resized"));
  }
  if (at(before.spec["os"], "name") === "windows") {
    causes.push(forbiddenField("", "windows pods cannot be resized"));
  }
  if (before.spec["resources"] !== undefined) {
    causes.push(forbiddenField("", "pods with pod-level resources cannot be resized"));
  }
  const statuses = before.status?.containerStatuses ?? [];
  if (
    statuses.some(({ state, resources }) => state.running !== undefined && resources === undefined)
  ) {
    causes.push(forbiddenField("", "Pod running on node without support for resize"));
  }
  before.spec.containers.forEach((container, index) => {
    const now = after.spec.containers[index] ?? container;
    causes.push(...containerCauses(container, now, `spec.containers[${index}]`, false));
    if (!version.canLowerMemory && isMemoryLowered(container, now)) {
      causes.push(
        forbiddenField(
          `spec.containers[${index}].resources.limits`,
          "memory limits cannot be decreased unless resizePolicy is RestartContainer",
        ),
      );
    }
  });
  (before.spec.initContainers ?? []).forEach((container, index) => {
    const now = after.spec.initContainers?.[index] ?? container;
    const field = `spec.initContainers[${index}]`;
    if (isSidecar(container)) causes.push(...containerCauses(container, now, field, true));
    else if (!deepEqual(container.resources ?? {}, now.resources ?? {})) {
      causes.push(
        forbiddenField(
          `${field}.resources`,
          "resources for non-sidecar init containers are immutable",
        ),
      );
    }
  });
  if (
    causes.length === 0 &&
    qosClassOf(before.spec.containers) !== qosClassOf(after.spec.containers)
  ) {
    causes.push(
      invalidValue(
        "spec",
        qosClassOf(after.spec.containers),
        "Pod QOS Class may not change as a result of resizing",
      ),
    );
  }
  return causes;
}

/**
 * The pod a `pods/resize` body asks for: resources (and nothing else) of the containers that exist.
 * Everything else in the body, labels and annotations too, is dropped without a word.
 */
export function resizedPod(current: Pod, requested: Pod): Pod {
  const take = (
    containers: ContainerSpec[],
    wanted: ContainerSpec[] | undefined,
  ): ContainerSpec[] =>
    containers.map((container) => {
      const match = wanted?.find(({ name }) => name === container.name);
      return match?.resources === undefined || match === container
        ? container
        : { ...container, resources: match.resources };
    });
  return {
    ...current,
    spec: {
      ...current.spec,
      containers: take(current.spec.containers, requested.spec.containers),
      ...(current.spec.initContainers === undefined
        ? {}
        : { initContainers: take(current.spec.initContainers, requested.spec.initContainers) }),
    },
  };
}
