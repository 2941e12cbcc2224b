import { isRecord, textOf } from "./kube-object.ts";

/** A value as Go prints it: `map[spec:map[replicas:x]]`. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (isRecord(value)) {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(" ")}]`;
  }
  return value === null ? "<nil>" : textOf(value);
}
