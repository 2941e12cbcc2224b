import { groupVersionsOf } from "./discovery.ts";
import { fieldSchemas } from "./field-schemas.ts";
import type { JsonRecord } from "./kube-object.ts";
import type { Resource } from "./resource.ts";

const pathOf = (group: string, version: string): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

export const openApiV3Root = (kinds: readonly Resource[]): JsonRecord => ({
  paths: Object.fromEntries(
    groupVersionsOf(kinds).map(({ group, version }) => [
      pathOf(group, version),
      { serverRelativeURL: `/openapi/v3/${pathOf(group, version)}?hash=1` },
    ]),
  ),
});

const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

const documents = new Map<string, Promise<JsonRecord>>();

/**
 * The paths of one group, enough for kubectl to see that the server validates fields and takes
 * `dryRun`, and the schemas of its kinds for `kubectl explain`. Null: there is no such group.
 */
export function openApiV3(
  kinds: readonly Resource[],
  group: string,
  version: string,
): Promise<JsonRecord> | null {
  const known = groupVersionsOf(kinds).some(
    (entry) => entry.group === group && entry.version === version,
  );
  if (!known) return null;
  const path = pathOf(group, version);
  const own = kinds.filter((entry) => entry.group === group && entry.version === version);
  // A definition may change.
  if (own.some(({ custom }) => custom !== undefined)) return writeDocument(own, group, version);
  const document = documents.get(path) ?? writeDocument(own, group, version);
  documents.set(path, document);
  return document;
}

async function writeDocument(
  own: readonly Resource[],
  group: string,
  version: string,
): Promise<JsonRecord> {
  return {
    openapi: "3.0.0",
    info: { title: "vigie simulated cluster", version: "v1.35.0" },
    paths: Object.fromEntries(
      own.map(({ plural, kind, namespaced }) => [
        `/${pathOf(group, version)}/${namespaced ? "namespaces/{namespace}/" : ""}${plural}/{name}`,
        {
          patch: {
            operationId: `patch${kind}`,
            parameters,
            responses: { 200: { description: "OK" } },
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": { group, version, kind },
          },
        },
      ]),
    ),
    components: { schemas: await fieldSchemas(own) },
  };
}
