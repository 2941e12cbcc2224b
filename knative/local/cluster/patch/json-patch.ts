import { deepEqual } from "../deep-equal.ts";
import { isRecord } from "../kube-object.ts";
import { StatusError, badRequest } from "../status-error.ts";

/** More operations than this are refused with 413, as kube-apiserver does. */
const maxOperations = 10_000;

/** The API server says no more than this of an operation that does not apply. */
const failed = (): StatusError =>
  new StatusError(
    422,
    "Invalid",
    "the server rejected our request due to an error in our request",
    {},
  );

function segmentsOf(pointer: unknown): string[] {
  if (typeof pointer !== "string" || (pointer !== "" && !pointer.startsWith("/"))) throw failed();
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function indexIn(array: readonly unknown[], segment: string, end: number): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : -1;
  if (index < 0 || index > end || index > array.length) throw failed();
  return index;
}

function read(document: unknown, path: readonly string[]): unknown {
  let current = document;
  for (const segment of path) {
    if (Array.isArray(current)) current = current[indexIn(current, segment, current.length - 1)];
    else if (isRecord(current) && Object.hasOwn(current, segment)) current = current[segment];
    else throw failed();
  }
  return current;
}

/** A copy of `document` where the parent of `path` was given to `change`; the rest is shared. */
function rewrite(
  document: unknown,
  path: readonly string[],
  change: (parent: unknown, last: string) => unknown,
): unknown {
  const [head, ...rest] = path;
  if (head === undefined) throw failed();
  if (rest.length === 0) return change(document, head);
  const child = rewrite(read(document, [head]), rest, change);
  if (Array.isArray(document)) return document.with(Number(head), child);
  return { ...(isRecord(document) ? document : {}), [head]: child };
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return rewrite(document, path, (parent, last) => {
    if (Array.isArray(parent)) {
      const index = last === "-" ? parent.length : indexIn(parent, last, parent.length);
      return parent.toSpliced(index, 0, value);
    }
    if (isRecord(parent)) return { ...parent, [last]: value };
    throw failed();
  });
}

/** A member that is not there is no fault: evanphx/json-patch v4, which the API server has, is so. */
function remove(document: unknown, path: readonly string[]): unknown {
  return rewrite(document, path, (parent, last) => {
    if (Array.isArray(parent)) return parent.toSpliced(indexIn(parent, last, parent.length - 1), 1);
    if (!isRecord(parent)) throw failed();
    const { [last]: _removed, ...rest } = parent;
    return rest;
  });
}

/** The same: it is added. */
function replace(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return rewrite(document, path, (parent, last) => {
    if (Array.isArray(parent)) return parent.with(indexIn(parent, last, parent.length - 1), value);
    if (isRecord(parent)) return { ...parent, [last]: value };
    throw failed();
  });
}

function applyOne(document: unknown, operation: unknown): unknown {
  if (!isRecord(operation)) throw failed();
  const path = segmentsOf(operation["path"]);
  switch (operation["op"]) {
    case "add":
      return add(document, path, operation["value"]);
    case "remove":
      return remove(document, path);
    case "replace":
      return replace(document, path, operation["value"]);
    case "test":
      if (!deepEqual(read(document, path), operation["value"])) throw failed();
      return document;
    case "copy":
      return add(document, path, read(document, segmentsOf(operation["from"])));
    case "move": {
      const from = segmentsOf(operation["from"]);
      const isWithin = from.every((segment, index) => segment === path[index]);
      if (path.length > from.length && isWithin) throw failed();
      const value = read(document, from);
      return add(remove(document, from), path, value);
    }
    default:
      throw failed();
  }
}

/**
 * JSON patch, [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902). The document is not changed.
 * @throws StatusError 400 for what is no list, 413 for too many operations, 422 when one is none or
 * does not apply (a failed `test` too).
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
      `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  return patch.reduce(applyOne, document);
}
