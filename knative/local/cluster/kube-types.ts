import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Resource } from "./resource.ts";

/** How the JSON of a field is read: into a Go type, a list or a map of them, or a struct. */
export type FieldType =
  | { kind: "string" | "boolean" | "time" | "microTime" | "bytes" | "intOrString" | "any" }
  | { kind: "number"; goType: "int32" | "int64" | "float64" }
  | { kind: "list" | "map"; of: FieldType }
  | { kind: "struct"; model: string };

/** A struct of the API: its name in Go and its fields. */
export type StructType = { goName: string; fields: ReadonlyMap<string, FieldType> };

/** The folder of Kubernetes' own types, as its JavaScript client has them: one class a file. */
export const modelsFolder = join(
  dirname(createRequire(import.meta.url).resolve("@kubernetes/client-node")),
  "gen",
  "models",
);

const Attributes = z.array(
  z.object({ baseName: z.string(), type: z.string(), format: z.string() }),
);

/** Its name is in the packages of two groups. */
const eventModels: Readonly<Record<string, string>> = {
  "": "CoreV1Event",
  "events.k8s.io": "EventsV1Event",
};

/** The class of a kind; null for one that is not Kubernetes' own. */
export function modelOf({ group, version, kind, builtin }: Resource): string | null {
  if (!builtin) return null;
  if (kind === "Event") return eventModels[group] ?? null;
  return `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
}

const known = new Map<string, StructType>();

/**
 * Read when it is first asked for, and kept: a kind has some ten of them, a pod a hundred.
 * @throws Error when the client has no such class.
 */
export function structOf(model: string): StructType {
  const found = known.get(model);
  if (found !== undefined) return found;
  const code = readFileSync(join(modelsFolder, `${model}.js`), "utf8");
  const list = /\.attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(code)?.[1] ?? "[]";
  const fields = new Map(
    Attributes.parse(JSON.parse(list)).map(({ baseName, type, format }) => [
      baseName,
      fieldType(type, format),
    ]),
  );
  const goName = model.replace(/^(?:[A-Z][a-z]+(?=V\d))?V\d+(?:(?:alpha|beta)\d+)?/, "");
  const made = { goName, fields };
  known.set(model, made);
  return made;
}

function fieldType(type: string, format: string): FieldType {
  const item = /^Array<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) return { kind: "list", of: fieldType(item, format) };
  const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (value !== undefined) return { kind: "map", of: fieldType(value, format) };
  switch (type) {
    case "string":
      return { kind: format === "byte" ? "bytes" : "string" };
    case "number":
      return { kind: "number", goType: numberOf(format) };
    case "boolean":
      return { kind: "boolean" };
    case "Date":
      return { kind: format === "date-time-micro" ? "microTime" : "time" };
    case "V1MicroTime":
      return { kind: "microTime" };
    case "IntOrString":
      return { kind: "intOrString" };
    case "any":
    case "object":
      return { kind: "any" };
    default:
      return { kind: "struct", model: type };
  }
}

function numberOf(format: string): "int32" | "int64" | "float64" {
  if (format === "double") return "float64";
  return format === "int64" ? "int64" : "int32";
}
