import { namespace } from "./manifests.ts";
import type { Manifest, Row } from "./row.ts";

/** A row whose namespace allows the one action that is forbidden. */
export function rowOf(
  code: string,
  action: Row["action"],
  name: string,
  reason: RegExp,
  objects: readonly Manifest[],
  more: Partial<Row> = {},
): Row {
  return {
    code,
    action,
    namespace: name,
    reason,
    objects: [namespace(name, { allowedActions: action }), ...objects],
    ...more,
  };
}
