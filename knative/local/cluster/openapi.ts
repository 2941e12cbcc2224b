import { groupVersions } from "./discovery.ts";
import type { JsonRecord } from "./kube-object.ts";
import { resources } from "./resources.ts";

/**
 * An OpenAPI v2 document in protobuf that only says `swagger: "2.0"`: kubectl finds no schema and
 * leaves the checking to the server.
 */
export const openApiV2Protobuf = Buffer.from([0x0a, 0x03, 0x32, 0x2e, 0x30]);

/** Asked for with an `@`, which is no media type: a kubectl built with a newer Go chokes on it. */
export const openApiV2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

export const openApiV2Json: JsonRecord = {
  swagger: "2.0",
  info: { title: "vigie simulated cluster", version: "v1.35.0" },
  paths: {},
};

const pathOf = (group: string, version: string): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

export const openApiV3Root: JsonRecord = {
  paths: Object.fromEntries(
    groupVersions.map(({ group, version }) => [
      pathOf(group, version),
      { serverRelativeURL: `/openapi/v3/${pathOf(group, version)}?hash=1` },
    ]),
  ),
};

const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

/**
 * The paths of one group: enough for kubectl to see that the server validates fields and takes
 * `dryRun`. There are no schemas, so `kubectl explain` finds nothing.
 */
export function openApiV3(group: string, version: string): JsonRecord | null {
  const own = resources.filter((entry) => entry.group === group && entry.version === version);
  const known = groupVersions.some((entry) => entry.group === group && entry.version === version);
  if (!known) return null;
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
    components: { schemas: {} },
  };
}
