import { deepEqual } from "./deep-equal.ts";
import { isRecord } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { forbiddenField, invalidValue, tooLong } from "./status-error.ts";
import type { Cause } from "./status-error.ts";

/** Of all that a ConfigMap or a Secret holds (`MaxSecretSize`). */
const maxDataBytes = 1_048_576;
const maxKeyCharacters = 253;
const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const lists = ["data", "binaryData"] as const;

const isHeld = ({ kind }: KubeObject): boolean => kind === "ConfigMap" || kind === "Secret";

function keyFault(key: string): string | null {
  if (key.length > maxKeyCharacters) return `must be no more than ${maxKeyCharacters} characters`;
  if (key === "." || key === ".." || key.startsWith("..")) return `may not be '${key}'`;
  return /^[-._a-zA-Z0-9]+$/.test(key) ? null : keyRule;
}

/** Faults of the keys of a ConfigMap or Secret, and of how much it holds; none for another kind. */
export function configCauses(object: KubeObject): Cause[] {
  if (!isHeld(object)) return [];
  let bytes = 0;
  const causes = lists.flatMap((list) =>
    Object.entries(isRecord(object[list]) ? object[list] : {}).flatMap(([key, value]) => {
      const text = typeof value === "string" ? value : "";
      const isPacked = list === "binaryData" || object.kind === "Secret";
      bytes += Buffer.byteLength(text, isPacked ? "base64" : "utf8");
      const fault = keyFault(key);
      return fault === null ? [] : [invalidValue(`${list}[${key}]`, key, fault)];
    }),
  );
  if (bytes <= maxDataBytes) return causes;
  return [...causes, tooLong(object.kind === "Secret" ? "data" : "[]", maxDataBytes)];
}

/** What an immutable one may not change, and the type of a Secret. */
export function configUpdateCauses(before: KubeObject, after: KubeObject): Cause[] {
  if (!isHeld(before)) return [];
  const causes: Cause[] = [];
  if (before.kind === "Secret" && before["type"] !== after["type"]) {
    causes.push(invalidValue("type", after["type"], "field is immutable"));
  }
  if (before["immutable"] !== true) return causes;
  const why = "field is immutable when `immutable` is set";
  if (after["immutable"] !== true) causes.push(forbiddenField("immutable", why));
  for (const list of lists) {
    if (!deepEqual(before[list] ?? {}, after[list] ?? {})) causes.push(forbiddenField(list, why));
  }
  return causes;
}
