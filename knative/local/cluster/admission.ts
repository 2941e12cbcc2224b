import { isRecord, own } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { labelCauses, metadataCauses, templateCauses } from "./metadata.ts";
import { resourceCauses } from "./resize-rules.ts";
import { matchesLabels, requirementsOf } from "./selectors.ts";
import type { Resource } from "./resources.ts";
import { badRequest, invalid, invalidValue, requiredField } from "./status-error.ts";
import type { Cause } from "./status-error.ts";
import { specSchemas } from "./workload-types.ts";
import type { Pod, PodSpecType, Workload } from "./workload-types.ts";

/** Deeper JSON than this is refused: no object of the API needs it. */
const maxDepth = 64;

/**
 * Refuses what no manifest holds and code could stumble over: keys named `__proto__`, extreme depth.
 * @throws StatusError 400.
 */
export function refuseHostile(value: unknown, depth = 0): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > maxDepth) throw badRequest(`the body is nested more than ${maxDepth} levels deep`);
  if (Array.isArray(value)) {
    for (const item of value) refuseHostile(item, depth + 1);
    return;
  }
  for (const key of Object.keys(value)) {
    if (key === "__proto__") throw badRequest('the key "__proto__" is not allowed');
    refuseHostile(Reflect.get(value, key), depth + 1);
  }
}

function stringMap(value: unknown, field: string): void {
  if (value === undefined || value === null) return;
  if (!isRecord(value)) throw badRequest(`${field} must be an object`);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string") {
      throw badRequest(
        `json: cannot unmarshal ${typeof item} into Go struct field ObjectMeta.${field}.${key} of type string`,
      );
    }
  }
}

/**
 * An unknown JSON value as an object of `resource`, with `apiVersion` and `kind` filled in.
 * @throws StatusError 400 when its shape is not that of an API object.
 */
export function toObject(value: unknown, resource: Resource, apiVersion: string): KubeObject {
  if (!isRecord(value))
    throw badRequest("the object provided is unrecognized (must be of type object)");
  const { kind = resource.kind, apiVersion: given = apiVersion } = value;
  if (kind !== resource.kind || given !== apiVersion) {
    throw badRequest(
      `the object provided (${String(given)}, Kind=${String(kind)}) does not match the endpoint (${apiVersion}, Kind=${resource.kind})`,
    );
  }
  const metadata = value["metadata"] ?? {};
  if (!isRecord(metadata)) throw badRequest("metadata must be an object");
  for (const field of ["name", "generateName", "namespace", "uid", "resourceVersion"]) {
    const text = metadata[field];
    if (text !== undefined && text !== null && typeof text !== "string") {
      throw badRequest(`metadata.${field} must be a string`);
    }
  }
  stringMap(metadata["labels"], "metadata.labels");
  stringMap(metadata["annotations"], "metadata.annotations");
  for (const field of ["ownerReferences", "managedFields"]) {
    const list = metadata[field];
    if (list !== undefined && list !== null && !(Array.isArray(list) && list.every(isRecord))) {
      throw badRequest(`metadata.${field} must be a list of objects`);
    }
  }
  const present = Object.fromEntries(
    Object.entries(metadata).filter(([, member]) => member !== null),
  );
  return { ...value, apiVersion, kind: resource.kind, metadata: { name: "", ...present } };
}

const resourceFields = (spec: PodSpecType, path: string): Cause[] =>
  (["containers", "initContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) =>
      resourceCauses(container.resources, `${path}.${list}[${index}].resources`),
    ),
  );

function containerNames(spec: PodSpecType, path: string): Cause[] {
  const seen = new Set<string>();
  return spec.containers.flatMap(({ name }, index) => {
    const field = `${path}.containers[${index}].name`;
    if (seen.has(name)) {
      return [
        {
          reason: "FieldValueDuplicate",
          message: `Duplicate value: ${JSON.stringify(name)}`,
          field,
        },
      ];
    }
    seen.add(name);
    return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)
      ? []
      : [invalidValue(field, name, "a lowercase RFC 1123 label is required")];
  });
}

function specCauses(object: KubeObject, resource: Resource): Cause[] {
  const schema = own(specSchemas, resource.storage);
  if (schema === undefined) return [];
  if (!isRecord(object["spec"])) return [requiredField("spec")];
  const parsed = schema.safeParse(object["spec"]);
  if (!parsed.success) {
    return parsed.error.issues.slice(0, 20).map((issue) => ({
      reason: "FieldValueInvalid",
      message: `Invalid value: ${issue.message}`,
      field: ["spec", ...issue.path.map(String)].join("."),
    }));
  }
  if (resource.kind === "Pod") {
    const pod = object as Pod;
    return [...containerNames(pod.spec, "spec"), ...resourceFields(pod.spec, "spec")];
  }
  const { template, selector } = (object as Workload).spec;
  const requirements = requirementsOf(selector) ?? [];
  return [
    ...(requirements.length === 0 ? [requiredField("spec.selector")] : []),
    ...templateCauses(
      matchesLabels(template.metadata?.labels, requirements),
      template.metadata?.labels,
    ),
    ...labelCauses(template.metadata?.labels, "spec.template.labels"),
    ...containerNames(template.spec, "spec.template.spec"),
    ...resourceFields(template.spec, "spec.template.spec"),
  ];
}

/** @throws StatusError 422 with every fault. */
export function validate(object: KubeObject, resource: Resource): void {
  const causes = [
    ...metadataCauses(object.metadata, resource.group, resource.plural),
    ...specCauses(object, resource),
  ];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
}
