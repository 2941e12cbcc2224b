import * as z from "zod/mini";
import type { Event } from "../../shared/events/contract.ts";
import { LoadClassified } from "../../shared/events/load.ts";

const MAX_LENGTH = 300;

/** What decisions and what became of them have in common: a sentence. */
const Reasoned = z.lazy(() => z.object({ reason: z.string() }));

/** One line that tells an event, whatever it is: a dead letter may be anything. */
export function summarize(event: Event): string {
  const { type, subject } = event;
  const text = describeLoad(event) ?? describeAction(event) ?? subject ?? type;
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}

function describeLoad({ type, data }: Event): string | null {
  if (type !== LoadClassified.type) return null;
  const load = LoadClassified.data.safeParse(data);
  if (!load.success) return null;
  const { namespace, pod, resource, percent, band, previousBand } = load.data;
  const measured = percent === null ? "" : ` at ${percent} %`;
  const before = previousBand === null || previousBand === band ? "" : `, was ${previousBand}`;
  return `${namespace}/${pod}: ${resource} ${band}${measured}${before}`;
}

function describeAction(event: Event): string | null {
  const said = [event["action"], event["outcome"]].filter((part) => typeof part === "string");
  const parts = [...new Set(said)];
  const reasoned = Reasoned.safeParse(event.data);
  const reason = reasoned.success ? reasoned.data.reason : "";
  if (parts.length === 0 && reason === "") return null;
  const what = [event.subject, parts.join(", ")].filter(Boolean).join(": ");
  return reason === "" ? what : `${what} (${reason})`;
}
