import { deepEqual } from "../deep-equal.ts";
import { isRecord } from "../kube-object.ts";
import { StatusError, badRequest } from "../status-error.ts";

/** More operations than this are refused with 413, as kube-apiserver does. */
const maxOperations = 10_000;

const failed = (message: string): StatusError => new StatusError(422, "Invalid", message);

function segmentsOf(pointer: unknown, operation: string): string[] {
  if (typeof pointer !== "string" || (pointer !== "" && !pointer.startsWith("/"))) {
    throw badRequest(`json patch: ${operation}: path must be a JSON pointer`);
  }
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function indexIn(
  array: readonly unknown[],
  segment: string,
  operation: string,
  end: number,
): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : -1;
  if (index < 0 || index > end || index > array.length) {
    throw failed(`${operation} operation does not apply: index "${segment}" is out of range`);
  }
  return index;
}

function read(document: unknown, path: readonly string[], operation: string): unknown {
  let current = document;
  for (const segment of path) {
    if (Array.isArray(current)) {
      current = current[indexIn(current, segment, operation, current.length - 1)];
    } else if (isRecord(current) && Object.hasOwn(current, segment)) {
      current = current[segment];
    } else {
      throw failed(
        `${operation} operation does not apply: doc is missing path: "/${path.join("/")}": missing value`,
      );
    }
  }
  return current;
}

/** A copy of `document` where the parent of `path` was given to `change`; the rest is shared. */
function rewrite(
  document: unknown,
  path: readonly string[],
  operation: string,
  change: (parent: unknown, last: string) => unknown,
): unknown {
  const [head, ...rest] = path;
  if (head === undefined) throw badRequest(`json patch: ${operation}: path is empty`);
  if (rest.length === 0) return change(document, head);
  const child = rewrite(read(document, [head], operation), rest, operation, change);
  if (Array.isArray(document)) return document.with(Number(head), child);
  return { ...(isRecord(document) ? document : {}), [head]: child };
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return rewrite(document, path, "add", (parent, last) => {
    if (Array.isArray(parent)) {
      const index = last === "-" ? parent.length : indexIn(parent, last, "add", parent.length);
      return parent.toSpliced(index, 0, value);
    }
    if (isRecord(parent)) return { ...parent, [last]: value };
    throw failed(`add operation does not apply: doc is missing path: "/${path.join("/")}"`);
  });
}

function remove(document: unknown, path: readonly string[], operation: string): unknown {
  read(document, path, operation);
  return rewrite(document, path, operation, (parent, last) => {
    if (Array.isArray(parent)) return parent.toSpliced(Number(last), 1);
    const { [last]: _removed, ...rest } = isRecord(parent) ? parent : {};
    return rest;
  });
}

function replace(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  read(document, path, "replace");
  return rewrite(document, path, "replace", (parent, last) =>
    Array.isArray(parent)
      ? parent.with(Number(last), value)
      : { ...(isRecord(parent) ? parent : {}), [last]: value },
  );
}

function applyOne(document: unknown, operation: unknown): unknown {
  if (!isRecord(operation)) throw badRequest("json patch: an operation must be an object");
  const op = operation["op"];
  const path = segmentsOf(operation["path"], String(op));
  switch (op) {
    case "add":
      return add(document, path, operation["value"]);
    case "remove":
      return remove(document, path, "remove");
    case "replace":
      return replace(document, path, operation["value"]);
    case "test":
      if (!deepEqual(read(document, path, "test"), operation["value"])) {
        throw failed(
          `the server rejected our request due to an error in our request: testing value ${String(operation["path"])} failed`,
        );
      }
      return document;
    case "copy":
      return add(document, path, read(document, segmentsOf(operation["from"], "copy"), "copy"));
    case "move": {
      const from = segmentsOf(operation["from"], "move");
      if (path.length > from.length && from.every((segment, index) => segment === path[index])) {
        throw failed("move operation does not apply: a value cannot be moved into itself");
      }
      const value = read(document, from, "move");
      return add(remove(document, from, "move"), path, value);
    }
    default:
      throw badRequest(`json patch: unexpected kind: ${String(op)}`);
  }
}

/**
 * JSON patch, [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902). The document is not changed.
 * @throws StatusError 400 for a malformed patch, 413 for too many operations, 422 when an
 * operation does not apply (a failed `test` too).
 */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  }
  if (patch.length > maxOperations) {
    throw new StatusError(
      413,
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  return patch.reduce(applyOne, document);
}
