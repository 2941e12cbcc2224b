import { acceptedRanges, isServed } from "./accept.ts";
import { isShownAsVersion1, toVersion1 } from "./autoscaler-v1.ts";
import { toNewEvent } from "./cluster-events.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { apiVersionOf } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { StatusError } from "./status-error.ts";
import { tableOf } from "./table.ts";
import type { TableContext } from "./table.ts";

/** The forms the API gives its answers in. */
export type Form = "object" | "table" | "metadata";

/** Without protobuf, which is read and not written. */
const supported = "application/json, application/yaml";

/**
 * The first form of an Accept header that is served.
 * @throws StatusError 406 when there is none.
 */
export function negotiate(accept: string | undefined): Form {
  for (const { parameters } of acceptedRanges(accept).filter(isServed)) {
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice(3);
    if (as === undefined) return "object";
    if (!parameters.includes("v=v1") || !parameters.includes("g=meta.k8s.io")) continue;
    if (as === "Table") return "table";
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
  }
  throw new StatusError(
    406,
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${supported}`,
  );
}

const partial = (object: KubeObject): JsonRecord => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata: object.metadata,
});

/** A stored object as its group and version show it. */
export function shown(object: KubeObject, resource: Resource): KubeObject {
  if (resource.group === "events.k8s.io") return toNewEvent(object);
  if (resource.custom !== undefined) return { ...object, apiVersion: apiVersionOf(resource) };
  return isShownAsVersion1(resource) ? toVersion1(object) : object;
}

export type Representation = TableContext & { form: Form; includeObject: string };

export function representOne(
  object: KubeObject,
  resource: Resource,
  { form, ...context }: Representation,
): unknown {
  if (form === "metadata") return partial(object);
  if (form === "table") return tableOf(resource, [object], context, listMeta(object), true);
  return shown(object, resource);
}

const listMeta = (object: KubeObject): JsonRecord => ({
  resourceVersion: object.metadata.resourceVersion,
});

/** An item of a list of a built-in kind says neither its kind nor its version: its list does. */
export function listed(object: KubeObject, resource: Resource): JsonRecord {
  const item = shown(object, resource);
  if (!resource.builtin) return item;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = item;
  return rest;
}

/** A watch event's object; a table repeats its columns only in the first one. */
export function representChange(
  object: KubeObject,
  resource: Resource,
  representation: Representation,
  first: boolean,
): unknown {
  return representation.form === "table"
    ? tableOf(resource, [object], representation, listMeta(object), first)
    : representOne(object, resource, representation);
}

export function representList(
  objects: readonly KubeObject[],
  resource: Resource,
  { form, ...context }: Representation,
  metadata: JsonRecord,
): unknown {
  if (form === "table") return tableOf(resource, objects, context, metadata, true);
  if (form === "metadata") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items: objects.map(partial),
    };
  }
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata,
    items: objects.map((object) => listed(object, resource)),
  };
}
