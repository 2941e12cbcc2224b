import type { ServiceEvent } from "./revision.ts";

export type ShownLine = Pick<Extract<ServiceEvent, { state: "log" }>, "level" | "text">;

/** pino's levels, as numbers and as the names that our functions log. */
const LEVELS: ReadonlyMap<unknown, "warn" | "error"> = new Map<unknown, "warn" | "error">([
  [40, "warn"],
  ["warn", "warn"],
  [50, "error"],
  ["error", "error"],
  [60, "error"],
  ["fatal", "error"],
]);

/**
 * What of a line is shown: what is no JSON on stderr, and JSON lines of a warning or more, in the
 * words of `msg`, its code, reason and error. Null for all others, and for the warning about an
 * event: its answer says the same on the line of the delivery.
 */
export function shownLine(from: "stdout" | "stderr", line: string): ShownLine | null {
  const entry = parse(line);
  if (entry === null || !("level" in entry)) {
    return from === "stderr" && line.trim() !== "" ? { level: "stderr", text: line } : null;
  }
  const level = LEVELS.get(entry["level"]);
  if (level === undefined || (level === "warn" && "event_id" in entry)) return null;
  const words = [entry["msg"], entry["code"], entry["reason"], messageOf(entry["err"])];
  const text = words.filter((word) => typeof word === "string" && word !== "").join(": ");
  return { level, text: text === "" ? line : text };
}

function messageOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "message" in error ? error.message : null;
}

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
