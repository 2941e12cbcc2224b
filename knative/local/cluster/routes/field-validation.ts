import { decode, DecodeFault } from "../decode.ts";
import type { Decoded } from "../decode.ts";
import { at, isRecord, textOf } from "../kube-object.ts";
import { resourceOf } from "../resources.ts";
import type { Resource } from "../resource.ts";
import { badRequest, invalid, invalidValue, unexplained } from "../status-error.ts";
import type { Exchange } from "./exchange.ts";

/** A body as the API server has read it, and what the caller is told of it. */
export type ReadFields = { object: unknown; warnings: string[] };

const told = (unknown: readonly string[]): string[] =>
  unknown.map((path) => `unknown field "${path}"`);

const isStrict = ({ query }: Exchange): boolean => query.get("fieldValidation") === "Strict";

const warningsOf = ({ query }: Exchange, unknown: readonly string[]): string[] =>
  query.get("fieldValidation") === "Ignore" ? [] : told(unknown);

/**
 * The body of a create or an update, without the fields that its kind does not have. Of these
 * `fieldValidation` says what becomes: `Strict` (kubectl's own choice) refuses them, `Warn` (the
 * default) tells of them, `Ignore` says nothing.
 * @throws StatusError 400.
 */
export function readFields(exchange: Exchange, body: unknown, resource: Resource): ReadFields {
  const { kind, version } = resource;
  const refused = (why: string) =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
  assertKind(body, resource);
  const { value, unknown } = decoded(body, resource, refused);
  if (unknown.length > 0 && isStrict(exchange)) {
    throw refused(`strict decoding error: ${told(unknown).join(", ")}`);
  }
  return { object: value, warnings: warningsOf(exchange, unknown) };
}

/** The same of what a patch has made of an object. `patch`: as the fault shows it. @throws StatusError 422. */
export function readPatched(
  exchange: Exchange,
  object: unknown,
  resource: Resource,
  patch: string,
): ReadFields {
  const refused = (why: string) =>
    invalid({ group: "", plural: "", kind: "" }, "", [invalidValue("patch", patch, why)]);
  const { value, unknown } = decoded(object, resource, refused);
  if (unknown.length > 0 && isStrict(exchange)) {
    throw refused(`strict decoding error: ${told(unknown).join(", ")}`);
  }
  return { object: value, warnings: warningsOf(exchange, unknown) };
}

/** The same of what is applied, which may have no unknown field at all. @throws StatusError 400 or 500. */
export function readApplied(body: unknown, resource: Resource, name: string): unknown {
  const { group, version, kind } = resource;
  const given = isRecord(body) ? body : {};
  const [givenGroup, givenVersion] = splitVersion(textOf(given["apiVersion"]));
  if (givenGroup !== group || givenVersion !== version || given["kind"] !== kind) {
    throw badRequest(
      `invalid object type: ${givenGroup}/${givenVersion}, Kind=${textOf(given["kind"])}`,
    );
  }
  const refused = (why: string) =>
    unexplained(
      `failed to create typed patch object (${textOf(at(body, "metadata", "namespace"))}/${name}; ${group}/${version}, Kind=${kind}): ${why}`,
    );
  const { value, unknown } = decoded(body, resource, (why, path) => refused(`.${path}: ${why}`));
  const [first] = unknown;
  if (first !== undefined) throw refused(`.${first}: field not declared in schema`);
  return value;
}

function splitVersion(apiVersion: string): [group: string, version: string] {
  const [left = "", right] = apiVersion.split("/");
  return right === undefined ? ["", left] : [left, right];
}

function decoded(
  object: unknown,
  resource: Resource,
  refused: (why: string, path: string) => Error,
): Decoded {
  try {
    return decode(object, resource);
  } catch (error) {
    if (error instanceof DecodeFault) throw refused(error.message, error.path);
    throw error;
  }
}

/** @throws StatusError 400 for a body of another kind or version. */
function assertKind(body: unknown, resource: Resource): void {
  if (!isRecord(body)) return;
  const { kind, group, version } = resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const [givenKind, given] = [body["kind"] ?? kind, body["apiVersion"] ?? apiVersion];
  if (givenKind === kind && given === apiVersion) return;
  const shown = textOf(given);
  const why =
    resourceOf({ kind: givenKind, apiVersion: given }) === undefined
      ? `no kind ${JSON.stringify(givenKind)} is registered for version ${JSON.stringify(shown)}`
      : `converting (${shown}.${textOf(givenKind)}) to (${kind}): unknown conversion`;
  throw badRequest(
    `${textOf(givenKind)} in version ${JSON.stringify(splitVersion(shown)[1])} cannot be handled as a ${kind}: ${why}`,
  );
}
