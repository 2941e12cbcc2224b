import { age, name } from "../columns/column.ts";
import type { Column } from "../columns/column.ts";
import { at, isRecord, textOf } from "../kube-object.ts";
import type { JsonRecord, KubeObject } from "../kube-object.ts";
import { customResource } from "../resource.ts";
import type { Resource } from "../resource.ts";
import { ageOf } from "../table-cells.ts";
import type { ScalePaths, Schema } from "./custom-kind.ts";
import { jsonPath } from "./json-path.ts";

const listOf = (value: unknown): JsonRecord[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(textOf) : []);

/** The kinds of a CustomResourceDefinition: one of each version that is served. */
export function kindsOf(definition: KubeObject): Resource[] {
  const spec = definition["spec"];
  const group = textOf(at(spec, "group"));
  const names = at(spec, "names");
  const versions = listOf(at(spec, "versions"));
  return versions
    .filter((version) => version["served"] === true)
    .map((version) =>
      customResource(
        {
          group,
          version: textOf(version["name"]),
          plural: textOf(at(names, "plural")),
          kind: textOf(at(names, "kind")),
          singular: textOf(at(names, "singular")),
          namespaced: at(spec, "scope") === "Namespaced",
          shortNames: textsOf(at(names, "shortNames")),
          categories: textsOf(at(names, "categories")),
          subresources: (["status", "scale"] as const).filter(
            (each) => at(version, "subresources", each) !== undefined,
          ),
        },
        {
          schema: schemaOf(version),
          columns: columnsOf(version),
          scale: scaleOf(version),
        },
      ),
    );
}

function schemaOf(version: JsonRecord): Schema {
  const schema = at(version, "schema", "openAPIV3Schema");
  return isRecord(schema) ? schema : {};
}

/** `.spec.replicas` as the names of its fields. */
const fieldsOf = (path: unknown): string[] =>
  textOf(path)
    .split(".")
    .filter((field) => field !== "");

function scaleOf(version: JsonRecord): ScalePaths | null {
  const scale = at(version, "subresources", "scale");
  if (scale === undefined) return null;
  const selector = fieldsOf(at(scale, "labelSelectorPath"));
  return {
    replicas: fieldsOf(at(scale, "specReplicasPath")),
    statusReplicas: fieldsOf(at(scale, "statusReplicasPath")),
    selector: selector.length === 0 ? null : selector,
  };
}

function columnsOf(version: JsonRecord): Column[] {
  const given = version["additionalPrinterColumns"];
  if (!Array.isArray(given)) return [name, { ...age, type: "date" }];
  return [name, ...listOf(given).map(columnOf)];
}

function columnOf(given: JsonRecord): Column {
  const find = jsonPath(textOf(given["jsonPath"]));
  const type = textOf(given["type"]) || "string";
  return {
    name: textOf(given["name"]),
    type,
    format: textOf(given["format"]),
    ...(typeof given["priority"] === "number" && given["priority"] > 0 ? { wide: true } : {}),
    cell: (object, nowMs) => cellOf(find(object), type, nowMs),
  };
}

/** Null where there is nothing: kubectl shows it as `<none>`. */
function cellOf(found: readonly unknown[], type: string, nowMs: number) {
  const [first] = found;
  if (first === undefined || first === null) return null;
  if (type === "date") return ageOf(first, nowMs);
  if (type === "integer" || type === "number") return typeof first === "number" ? first : null;
  if (type === "boolean") return typeof first === "boolean" ? first : null;
  return found.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(",");
}
