import type { JsonRecord } from "./kube-object.ts";
import type { Resource } from "./resource.ts";

/** Asked for with an `@`, which is no media type: a kubectl built with a newer Go chokes on it. */
export const openApiV2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

export const openApiV2Json: JsonRecord = {
  swagger: "2.0",
  info: { title: "vigie simulated cluster", version: "v1.35.0" },
  paths: {},
};

type Written = Pick<Resource, "group" | "version" | "kind" | "plural">;

/**
 * An OpenAPI v2 document in protobuf (`openapi_v2.Document` of gnostic-models) that says of each
 * kind that it can be patched with `dryRun`: a kubectl before 1.27 looks here before `diff` and
 * `--dry-run=server`. It has no schemas: kubectl leaves the checking to the server.
 */
export const openApiV2Protobuf = (kinds: readonly Written[]): Buffer =>
  Buffer.concat([text(1, "2.0"), message(8, ...kinds.map(patchPath))]);

/** NamedPathItem { name, value: PathItem { patch } }. */
const patchPath = ({ group, version, kind, plural }: Written): Buffer =>
  message(
    2,
    text(1, `/${group === "" ? "api" : `apis/${group}`}/${version}/${plural}/{name}`),
    message(2, message(8, dryRunParameter, kindExtension({ group, version, kind }))),
  );

/** NamedAny { name, value: Any { yaml } }. */
const kindExtension = (kind: JsonRecord): Buffer =>
  message(
    13,
    text(1, "x-kubernetes-group-version-kind"),
    message(2, text(2, JSON.stringify(kind))),
  );

const message = (number: number, ...parts: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
};

const text = (number: number, value: string): Buffer => message(number, Buffer.from(value));

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

/** ParametersItem { parameter { nonBodyParameter { queryParameterSubSchema { in, name, type } } } }. */
const dryRunParameter = message(
  8,
  message(1, message(2, message(3, text(2, "query"), text(4, "dryRun"), text(6, "string")))),
);
