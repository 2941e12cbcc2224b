/** One field that differs; undefined where there is none. */
export type FieldChange = { path: string; before: unknown; after: unknown };

/** Where two plain values differ, by path, in the order of their fields. Lists differ as a whole. */
export function fieldChanges(before: unknown, after: unknown, path = ""): FieldChange[] {
  if (isFields(before) && isFields(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      fieldChanges(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

/** "bands.highPercent: 66 → 70" */
export function describeFieldChange({ path, before, after }: FieldChange): string {
  return `${path}: ${JSON.stringify(before) ?? "none"} → ${JSON.stringify(after) ?? "none"}`;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
