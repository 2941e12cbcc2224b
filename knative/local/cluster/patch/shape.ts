import { isRecord, textOf } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";
import type { Resource } from "../resource.ts";
import { isAtomic, isSetList, ownedKeysOf } from "./list-keys.ts";

/**
 * What of the objects of a kind is owned in parts, and what as a whole. Places are the names of
 * fields on the way, without the items of lists.
 */
export type Shape = {
  /** What tells the items of a list apart; null of a list that is a whole or a set. */
  keysOf(names: readonly string[]): readonly string[] | null;
  /** A list of texts, each of which is owned by itself. */
  isSet(names: readonly string[]): boolean;
  /** A map that is owned as a whole. */
  isAtomic(names: readonly string[]): boolean;
  /** Parts that are there before anything is written into them, as `spec/template`. */
  skeleton: ReadonlySet<string>;
};

const builtinSkeleton: ReadonlySet<string> = new Set([
  "spec",
  "spec/containers",
  "spec/scaleTargetRef",
  "spec/podSelector",
  "spec/resources",
  "spec/strategy",
  "spec/updateStrategy",
  "spec/jobTemplate",
  "spec/jobTemplate/spec",
  ...["spec/template", "spec/jobTemplate/spec/template"].flatMap((template) => [
    template,
    `${template}/metadata`,
    `${template}/spec`,
    `${template}/spec/containers`,
  ]),
  "spec/jobTemplate/metadata",
  "status",
]);

const byName = { keysOf: ownedKeysOf, isSet: isSetList, isAtomic };
const builtinShape: Shape = { ...byName, skeleton: builtinSkeleton };
/** Of kinds that others define, and whose schema is not here. */
const unknownShape: Shape = { ...byName, skeleton: new Set() };

export function shapeOf({ builtin, custom }: Pick<Resource, "builtin" | "custom">): Shape {
  if (custom !== undefined) return schemaShape(custom.schema);
  return builtin ? builtinShape : unknownShape;
}

/** Of a definition: as its schema says it. Metadata is the API's own. */
function schemaShape(schema: JsonRecord): Shape {
  const isOwn = (names: readonly string[]): boolean => names[0] === "metadata";
  const listType = (names: readonly string[]): unknown =>
    schemaAt(schema, names)?.["x-kubernetes-list-type"];
  return {
    keysOf(names) {
      if (isOwn(names)) return byName.keysOf(names);
      const keys = schemaAt(schema, names)?.["x-kubernetes-list-map-keys"];
      return listType(names) === "map" && Array.isArray(keys) ? keys.map(textOf) : null;
    },
    isSet: (names) => (isOwn(names) ? byName.isSet(names) : listType(names) === "set"),
    isAtomic: (names) =>
      isOwn(names)
        ? byName.isAtomic(names)
        : schemaAt(schema, names)?.["x-kubernetes-map-type"] === "atomic",
    skeleton: unknownShape.skeleton,
  };
}

/** The schema of the field at `names`; null where there is none. */
function schemaAt(root: JsonRecord, names: readonly string[]): JsonRecord | null {
  let schema: unknown = root;
  for (const name of names) {
    // A field of the items of a list.
    while (isRecord(schema) && isRecord(schema["items"])) schema = schema["items"];
    if (!isRecord(schema)) return null;
    const { properties, additionalProperties } = schema;
    schema =
      isRecord(properties) && Object.hasOwn(properties, name)
        ? properties[name]
        : additionalProperties;
  }
  return isRecord(schema) ? schema : null;
}
