import type { z } from "zod";
import { configCauses } from "./config-data.ts";
import { schemaCauses } from "./custom/check.ts";
import { isRecord, own } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { kindCauses } from "./kind-rules.ts";
import { labelCauses, metadataCauses, templateCauses } from "./metadata.ts";
import { resourceCauses } from "./resize-rules.ts";
import { matchesLabels, requirementsOf } from "./selectors.ts";
import type { Resource } from "./resource.ts";
import { badRequest, invalid, invalidValue, requiredField } from "./status-error.ts";
import type { Cause } from "./status-error.ts";
import { specSchemas } from "./workload-types.ts";
import type { Pod, PodSpecType, Workload } from "./workload-types.ts";

type ZodIssue = z.core.$ZodIssue;

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

const containerName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const containerNameRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** Faults of the names and images of the containers of a pod or a template at `path`. */
export function podSpecCauses(spec: PodSpecType, path: string): Cause[] {
  const seen = new Set<string>();
  return spec.containers.flatMap(({ name, image }, index) => {
    const field = `${path}.containers[${index}]`;
    const causes: Cause[] = [];
    if (seen.has(name)) {
      causes.push({
        reason: "FieldValueDuplicate",
        message: `Duplicate value: ${JSON.stringify(name)}`,
        field: `${field}.name`,
      });
    } else if (!containerName.test(name)) {
      causes.push(invalidValue(`${field}.name`, name, containerNameRule));
    }
    seen.add(name);
    if (image === undefined || image === "") causes.push(requiredField(`${field}.image`));
    return causes;
  });
}

/** `spec.template.spec.containers[0].name` */
const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (field, part) => (typeof part === "number" ? `${field}[${part}]` : `${field}.${String(part)}`),
    "spec",
  );

/** A fault of the shape that the controllers read, in the words of the API where it has some. */
function shapeCause({ path, message, code, input }: ZodIssue): Cause {
  const field = fieldPath(path);
  const isMissing = code === "invalid_type" && input === undefined;
  const isEmpty = code === "too_small" && (input === "" || Array.isArray(input));
  if (isMissing || isEmpty) return requiredField(field);
  if (code === "too_small" && typeof input === "number") {
    return invalidValue(field, input, "must be greater than or equal to 0");
  }
  return invalidValue(field, input, message);
}

function specCauses(object: KubeObject, resource: Resource): Cause[] {
  const schema = own(specSchemas, resource.storage);
  if (schema === undefined) return [];
  if (!isRecord(object["spec"])) return [requiredField("spec")];
  const parsed = schema.safeParse(object["spec"], { reportInput: true });
  if (!parsed.success) return parsed.error.issues.slice(0, 20).map(shapeCause);
  if (resource.kind === "Pod") {
    const pod = object as Pod;
    return [...podSpecCauses(pod.spec, "spec"), ...resourceFields(pod.spec, "spec")];
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
    ...podSpecCauses(template.spec, "spec.template.spec"),
    ...resourceFields(template.spec, "spec.template.spec"),
  ];
}

/** @throws StatusError 422 with every fault. */
export function validate(object: KubeObject, resource: Resource): void {
  const causes = [
    ...metadataCauses(object.metadata, resource.group, resource.plural),
    ...specCauses(object, resource),
    ...configCauses(object),
    ...kindCauses(object, resource),
    ...(resource.custom === undefined ? [] : schemaCauses(object, resource.custom.schema, "")),
  ];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
}
