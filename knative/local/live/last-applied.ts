import { isRecord } from "../cluster/kube-object.ts";
import type { KubeObject } from "../cluster/kube-object.ts";

const ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object with what `kubectl apply` leaves on it, so that the next one knows what it may take
 * away, and finds nothing to do when it is the same: to the letter as Go writes it.
 */
export function withLastApplied(object: KubeObject): KubeObject {
  const { [ANNOTATION]: _before, ...annotations } = object.metadata.annotations ?? {};
  const given = { ...object, metadata: { ...object.metadata, annotations } };
  const text = `${goJson(given)}\n`;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [ANNOTATION]: text } },
  };
}

/** Keys in order, and what HTML could take for its own escaped: `encoding/json`. */
function goJson(value: unknown): string {
  const ordered = JSON.stringify(value, (_, member: unknown) =>
    isRecord(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
  return ordered.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
