import { unknownFields } from "../known-fields.ts";
import type { Resource } from "../resources.ts";
import { badRequest } from "../status-error.ts";
import type { Exchange } from "./exchange.ts";

/**
 * What `fieldValidation` asks for: `Strict` (kubectl's own choice) refuses an object with unknown
 * fields, `Warn` (the default) tells of them, `Ignore` says nothing. They stay in the object, where
 * a real server would drop them; those that `before` has too are no news.
 * @throws StatusError 400.
 */
export function validateFields(
  { query }: Exchange,
  object: unknown,
  resource: Resource,
  before: unknown = null,
): { warning?: string } {
  const mode = query.get("fieldValidation") ?? "";
  if (mode === "Ignore") return {};
  const old = new Set(before === null ? [] : unknownFields(before, resource));
  const unknown = unknownFields(object, resource).filter((path) => !old.has(path));
  if (unknown.length === 0) return {};
  const told = unknown.map((path) => `unknown field "${path}"`).join(", ");
  if (mode !== "Strict") return { warning: told };
  const { kind, version } = resource;
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${told}`,
  );
}
