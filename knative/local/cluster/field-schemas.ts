import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { JsonRecord } from "./kube-object.ts";
import { modelsFolder } from "./kube-types.ts";
import { apiVersionOf } from "./resource.ts";
import type { Resource } from "./resource.ts";

const Fields = z.array(z.object({ name: z.string(), baseName: z.string(), type: z.string() }));
/** Its name is in the packages of two groups. */
const EVENTS: Readonly<Record<string, string>> = {
  "": "CoreV1Event",
  "events.k8s.io": "EventsV1Event",
};
const METADATA = "V1ObjectMeta";

/** `V1PodSpec` → `V1.PodSpec`: kubectl shows what comes after the last point as the type. */
const toKey = (name: string): string =>
  name.replace(/^(?:Core|Events)?V\d+(?:(?:alpha|beta)\d+)?/, "$&.");
const reference = (name: string): JsonRecord => ({ $ref: `#/components/schemas/${toKey(name)}` });

const schemaOf = new Map<string, Promise<JsonRecord | null>>();

/**
 * OpenAPI schemas of these kinds and of all that is in them, by name, for `kubectl explain`. A kind
 * that is not Kubernetes' own has its first level alone, and says where to read on.
 */
export async function fieldSchemas(kinds: readonly Resource[]): Promise<JsonRecord> {
  const schemas: Record<string, JsonRecord> = {};
  const include = async (name: string): Promise<boolean> => {
    const key = toKey(name);
    if (Object.hasOwn(schemas, key)) return true;
    const schema = await read(name);
    if (schema === null) return false;
    schemas[key] = schema;
    await Promise.all(referencesOf(schema).map(include));
    return true;
  };
  for (const resource of kinds) {
    const { group, version, kind } = resource;
    const name = nameOf(resource);
    const isKnown = isBuiltIn(group) && (await include(name));
    if (!isKnown) await include(METADATA);
    const key = isKnown ? toKey(name) : `${group}.${version}.${kind}`;
    schemas[key] = {
      ...(isKnown ? schemas[key] : firstLevel(resource)),
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    };
  }
  return schemas;
}

const isBuiltIn = (group: string): boolean => !group.includes(".") || group.endsWith(".k8s.io");

function nameOf({ group, version, kind }: Resource): string {
  if (kind === "Event") return EVENTS[group] ?? "";
  return `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
}

function firstLevel(resource: Resource): JsonRecord {
  if (resource.custom !== undefined) {
    const { schema } = resource.custom;
    return {
      ...schema,
      properties: {
        ...Object(schema["properties"] ?? {}),
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { allOf: [reference(METADATA)] },
      },
    };
  }
  const elsewhere = `The simulated cluster has no description of the fields of ${apiVersionOf(resource)} ${resource.kind}; its project's own reference has.`;
  const part = { type: "object", description: elsewhere };
  return {
    type: "object",
    description: elsewhere,
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: reference(METADATA),
      spec: part,
      status: part,
    },
  };
}

/** Null when there is no such class. */
function read(name: string): Promise<JsonRecord | null> {
  const known = schemaOf.get(name) ?? parse(name).catch(() => null);
  schemaOf.set(name, known);
  return known;
}

/** @throws Error when the files are not there, or not as expected. */
async function parse(name: string): Promise<JsonRecord> {
  const [code, types] = await Promise.all([readModel(`${name}.js`), readModel(`${name}.d.ts`)]);
  const list = /\.attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(code)?.[1] ?? "";
  const described = new Map(
    [...types.matchAll(/\/\*\*\n {4}\* (.*)\n {4}\*\/\n {4}'(\w+)'\??:/g)].map(
      ([, description = "", field = ""]) => [field, plainText(description)],
    ),
  );
  const fields = await Promise.all(
    Fields.parse(JSON.parse(list)).map(async ({ name: field, baseName, type }) => {
      const schema = typeSchema(type);
      if (!("$ref" in schema))
        return [baseName, { ...schema, description: described.get(field) ?? "" }];
      // Such a field has no description of its own, and a `$ref` may have nothing beside it.
      return [baseName, { allOf: [schema], description: aboutOf(await readModel(`${type}.js`)) }];
    }),
  );
  const required = [...types.matchAll(/^ {4}'(\w+)':/gm)].map(([, field]) => field);
  return {
    type: "object",
    description: aboutOf(code),
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(fields) as JsonRecord,
  };
}

const readModel = (file: string): Promise<string> => readFile(join(modelsFolder, file), "utf8");
const plainText = (comment: string): string => comment.replaceAll('\\"', '"');
const aboutOf = (code: string): string =>
  plainText(/\/\*\*\n\* (.*)\n\*\/\nexport/.exec(code)?.[1] ?? "");

const PLAIN: Readonly<Record<string, JsonRecord>> = {
  string: { type: "string" },
  number: { type: "integer" },
  boolean: { type: "boolean" },
  Date: { type: "string", format: "date-time" },
  V1MicroTime: { type: "string", format: "date-time" },
  IntOrString: { type: "string", format: "int-or-string" },
  any: { type: "object" },
};

function typeSchema(type: string): JsonRecord {
  const item = /^Array<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) return { type: "array", items: typeSchema(item) };
  const value = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (value !== undefined) return { type: "object", additionalProperties: typeSchema(value) };
  return PLAIN[type] ?? reference(type);
}

const referencesOf = (schema: JsonRecord): string[] =>
  [...JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([\w.]+)"/g)].map(([, key = ""]) =>
    key.replace(".", ""),
  );
