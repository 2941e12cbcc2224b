import { createHash } from "node:crypto";

/** The alphabet of Kubernetes' `rand.SafeEncodeString`: no vowels, so no words. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

function encode(text: string, length: number): string {
  const digest = createHash("sha256").update(text).digest();
  return Array.from(digest.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join(
    "",
  );
}

/** Five characters, the same for the same owner and number: pod names survive a restart. */
export const podSuffix = (owner: string, number: number): string => encode(`${owner}#${number}`, 5);

/** The hash of a pod template: ten characters, independent of the order of keys. */
export const templateHash = (template: unknown): string => encode(canonical(template), 10);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return `{${Object.keys(value)
    .toSorted()
    .filter((key) => Reflect.get(value, key) !== undefined)
    .map((key) => `${JSON.stringify(key)}:${canonical(Reflect.get(value, key))}`)
    .join(",")}}`;
}
