import { age, count, labelsText, name as named, selectorText } from "../columns/column.ts";
import type { Representation } from "../represent.ts";
import { tableWith } from "../table.ts";
import type { ScalePaths } from "../custom/custom-kind.ts";
import { at, isRecord, textOf } from "../kube-object.ts";
import type { JsonRecord, KubeObject } from "../kube-object.ts";
import { apiVersionOf } from "../resource.ts";
import type { Resource } from "../resource.ts";
import { misnamed } from "../write-identity.ts";
import { badRequest, conflict, invalid, invalidValue } from "../status-error.ts";

const usualPaths: ScalePaths = {
  replicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: null,
};

function customSelector(object: KubeObject, path: ScalePaths["selector"]): JsonRecord {
  const selector = path === null ? "" : textOf(at(object, ...path));
  return selector === "" ? {} : { selector };
}

/** `value` at a path of fields of a record, whose other fields stay. */
function withAt(record: unknown, [field, ...rest]: readonly string[], value: unknown): unknown {
  if (field === undefined) return value;
  const known = isRecord(record) ? record : {};
  return { ...known, [field]: withAt(known[field], rest, value) };
}

/** The `autoscaling/v1` Scale of a workload. */
export function scaleOf(object: KubeObject, { custom }: Pick<Resource, "custom">): JsonRecord {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const paths = custom?.scale ?? usualPaths;
  const replicas = at(object, ...paths.replicas) ?? 0;
  const selector = at(object, "spec", "selector");
  const text =
    object.kind === "ReplicationController" ? labelsText(selector) : selectorText(selector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // None is left out, as Go leaves a zero out.
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: at(object, ...paths.statusReplicas) ?? 0,
      ...(custom === undefined
        ? { selector: text === "<none>" ? "" : text }
        : customSelector(object, paths.selector)),
    },
  };
}

const columns = [
  { ...named, isPlain: true },
  count("Desired", "spec.replicas"),
  count("Available", "status.replicas"),
  age,
];

/** A Scale as it is asked for; kubectl prints the table. */
export function representScale(
  object: KubeObject,
  resource: Resource,
  { form, ...context }: Representation,
): unknown {
  const scale = scaleOf(object, resource);
  if (form !== "table") return scale;
  const { resourceVersion } = object.metadata;
  return tableWith(columns, [scale as KubeObject], context, { resourceVersion }, true);
}

/**
 * The workload with the replicas of a Scale.
 * @throws StatusError 400, 409 for a stale resourceVersion, 422 for a negative number.
 */
export function scaled(object: KubeObject, resource: Resource, scale: unknown): KubeObject {
  if (!isRecord(scale))
    throw badRequest("the object provided is unrecognized (must be of type Scale)");
  const { name, resourceVersion } = object.metadata;
  const named = at(scale, "metadata", "name");
  if (named !== name) throw misnamed(named, name);
  const given = at(scale, "metadata", "resourceVersion");
  if (given !== undefined && given !== "" && given !== resourceVersion)
    throw conflict(resource, name);
  const replicas = at(scale, "spec", "replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas > 100_000) {
    throw badRequest("spec.replicas must be a whole number, 100000 at most");
  }
  if (replicas < 0) {
    throw invalid({ group: "autoscaling", plural: "scales", kind: "Scale" }, name, [
      invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
  const path = resource.custom?.scale?.replicas ?? usualPaths.replicas;
  const next = withAt(object, path, replicas) as KubeObject;
  return { ...next, apiVersion: apiVersionOf(resource) };
}
