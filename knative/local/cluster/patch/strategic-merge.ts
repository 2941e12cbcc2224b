import { deepEqual } from "../deep-equal.ts";
import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";
import { goText } from "../go-text.ts";
import { badRequest, unexplained } from "../status-error.ts";
import { isSetList, mergeKeyOf } from "./list-keys.ts";

const directives = /^\$(patch|retainKeys|setElementOrder\/.+|deleteFromPrimitiveList\/.+)$/;

function mergeRecords(target: JsonRecord, patch: JsonRecord, path: readonly string[]): JsonRecord {
  if (patch["$patch"] === "replace") return withoutDirectives(patch);
  if (patch["$patch"] === "delete") return {};
  let merged: JsonRecord = { ...target };
  const retained = patch["$retainKeys"];
  if (Array.isArray(retained)) {
    merged = Object.fromEntries(Object.entries(merged).filter(([key]) => retained.includes(key)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (directives.test(key)) continue;
    if (value === null) delete merged[key];
    else {
      const present = Object.hasOwn(merged, key) ? merged[key] : undefined;
      merged[key] = mergeValues(present, value, [...path, key]);
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    const field = /^\$(deleteFromPrimitiveList|setElementOrder)\/(.+)$/.exec(key);
    const list = field?.[2] === undefined ? undefined : merged[field[2]];
    if (field?.[2] === undefined || !Array.isArray(list) || !Array.isArray(value)) continue;
    merged[field[2]] =
      field[1] === "setElementOrder"
        ? inOrder(list, value, mergeKeyOf([...path, field[2]]))
        : list.filter((item) => !value.includes(item));
  }
  return merged;
}

/** Items named by `order` in that order, the others where they were relative to them. */
function inOrder(list: unknown[], order: unknown[], key: string | null): unknown[] {
  const identity = (item: unknown): unknown => (key !== null && isRecord(item) ? item[key] : item);
  const wanted = order.map(identity);
  const rank = (item: unknown): number => wanted.indexOf(identity(item));
  const sorted = list.filter((item) => rank(item) >= 0).toSorted((a, b) => rank(a) - rank(b));
  return list.map((item) => (rank(item) >= 0 ? sorted.shift() : item));
}

function withoutDirectives(value: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !directives.test(key) && item !== null)
      .map(([key, item]) => [key, isRecord(item) ? withoutDirectives(item) : item]),
  );
}

function mergeLists(target: unknown[], patch: unknown[], path: readonly string[]): unknown[] {
  if (isSetList(path)) {
    return [...patch.filter((item) => !target.some((old) => deepEqual(old, item))), ...target];
  }
  const key = mergeKeyOf(path);
  if (key === null) return patch;
  if (patch.some((item) => isRecord(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !(isRecord(item) && item["$patch"] === "replace"));
  }
  const merged = [...target];
  // What only the patch has comes first, unless it says the order.
  const added: unknown[] = [];
  for (const item of patch) {
    if (!isRecord(item) || item[key] === undefined) {
      throw unexplained(`map: ${goText(item)} does not contain declared merge key: ${key}`);
    }
    const index = merged.findIndex((old) => isRecord(old) && old[key] === item[key]);
    const old = merged[index];
    if (item["$patch"] === "delete") {
      if (index >= 0) merged.splice(index, 1);
    } else if (index >= 0 && isRecord(old)) merged[index] = mergeRecords(old, item, path);
    else added.push(withoutDirectives(item));
  }
  return [...added, ...merged];
}

function mergeValues(target: unknown, patch: unknown, path: readonly string[]): unknown {
  if (Array.isArray(patch)) {
    return mergeLists(Array.isArray(target) ? target : [], patch, path);
  }
  if (isRecord(patch)) return mergeRecords(isRecord(target) ? target : {}, patch, path);
  return patch;
}

/**
 * Strategic merge patch: as a merge patch, but lists that have a merge key are merged item by item,
 * with the directives `$patch`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList`.
 * Neither argument is changed.
 * @throws StatusError 400 for what is no object, 500 when an item lacks the merge key of its list.
 */
export function strategicMergePatch(target: JsonRecord, patch: unknown): JsonRecord {
  if (!isRecord(patch)) throw badRequest("error decoding patch: expected an object");
  return mergeRecords(target, patch, []);
}
