import { PermanentError } from "../../shared/errors.ts";

/** A workload as people name it. `kind` in lower case. */
export type Named = { namespace: string; kind: string; name: string };

/** As kubectl takes them, beside the kind itself and its plural. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["po", "pod"],
  ["deploy", "deployment"],
  ["sts", "statefulset"],
  ["ds", "daemonset"],
  ["rs", "replicaset"],
  ["cj", "cronjob"],
  ["ksvc", "service"],
]);

/**
 * Reads `<namespace>/<kind>/<name>`: any case of the kind, its plural or its short name.
 * @throws PermanentError BAD_NAME for anything else.
 */
export function readNamed(text: string): Named {
  const [namespace, kind, name, ...more] = text.split("/");
  if (!namespace || !kind || !name || more.length > 0) {
    throw new PermanentError("BAD_NAME", "a workload is named <namespace>/<kind>/<name>");
  }
  const lower = kind.toLowerCase();
  return { namespace, kind: SHORT_NAMES.get(lower) ?? lower.replace(/s$/, ""), name };
}

export function isNamed(
  { namespace, kind, name }: Named,
  object: { namespace: string; kind: string; name: string },
): boolean {
  return (
    object.namespace === namespace && object.name === name && object.kind.toLowerCase() === kind
  );
}
