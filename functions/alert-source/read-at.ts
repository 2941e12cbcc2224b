import { Instant } from "../../shared/instant.ts";

/** Seconds since 1970 of the years 2001 to 5138, with a fraction that is not kept. */
const UNIX_SECONDS = /^(\d{10,11})(?:\.\d{1,20})?$/;

/**
 * When the load was measured: the annotation `read_at`, in seconds since 1970, which is what a rule
 * can say (`time()`), or RFC 3339. null when it is neither.
 */
export function readReadAt(annotations: Readonly<Record<string, string>>): string | null {
  const text = Object.hasOwn(annotations, "read_at") ? (annotations["read_at"] ?? "").trim() : "";
  const seconds = UNIX_SECONDS.exec(text)?.[1];
  if (seconds !== undefined) return new Date(Number(seconds) * 1_000).toISOString();
  return Instant.safeParse(text).success ? text : null;
}
