import { deriveId, type Event } from "../../shared/events/contract.ts";
import type { JournalEntry } from "./contract.ts";
import { readFailure } from "./failure.ts";
import { fitEntry } from "./fit.ts";
import { summarize } from "./summary.ts";

export type Decision = { kind: "dead-letter" | "journaled"; reason: string; entry: JournalEntry };

/** Types that tell what the functions did: those of the console's trigger. */
const KINDS: ReadonlyMap<string, JournalEntry["kind"]> = new Map([
  ["dev.vigie.load.classified.v1", "classification"],
  ["dev.vigie.resources.decided.v1", "decision"],
  ["dev.vigie.resources.settled.v1", "settlement"],
]);

/**
 * What the journal keeps of an event. `isDeadLetter`: it came by the dead letters' door, which says
 * more than its attributes: Knative leaves `knativeerror*` out after a time-out and after an answer
 * that was no CloudEvent. By the other door, what has them or is of a type that no trigger sends
 * here is a dead letter all the same: of a broker that was told the plain address.
 * `nowMs`: milliseconds since 1970.
 */
export function decide(event: Event, nowMs: number, isDeadLetter: boolean): Decision {
  const failure = readFailure(event);
  const isTold = !isDeadLetter && failure === null;
  const kind = (isTold ? KINDS.get(event.type) : undefined) ?? "dead-letter";
  const entry = fitEntry({
    key: deriveId("journal", kind, event.source, event.id, failure?.destination ?? ""),
    kind,
    atMs: nowMs,
    summary: summarize(event),
    failure,
    attributes: readAttributes(event),
    data: readData(event),
    cutBytes: 0,
  });
  return kind === "dead-letter"
    ? { kind, reason: failure?.message ?? "the broker gave no reason", entry }
    : { kind: "journaled", reason: entry.summary, entry };
}

/** Those of the specification first: they are kept when there are too many. */
function readAttributes(event: Event): Record<string, string> {
  const { data: _, data_base64: __, id, source, type, subject, time, ...others } = event;
  const attributes = Object.entries({ id, source, type, subject, time, ...others })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]): [string, string] => [name, String(value)]);
  return Object.fromEntries(attributes);
}

function readData({ data, data_base64: base64 }: Event): string {
  if (typeof data === "string") return data;
  if (data instanceof Uint8Array) return `base64:${Buffer.from(data).toString("base64")}`;
  if (data === undefined) return base64 === undefined ? "" : `base64:${base64}`;
  return JSON.stringify(data) ?? "";
}
