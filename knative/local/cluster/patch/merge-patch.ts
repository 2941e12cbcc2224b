import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";

/**
 * JSON merge patch, [RFC 7386](https://www.rfc-editor.org/rfc/rfc7386): null removes, objects
 * merge, everything else (arrays too) replaces. Neither argument is changed.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: JsonRecord = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(Object.hasOwn(merged, key) ? merged[key] : undefined, value);
  }
  return merged;
}
