import type { Resource } from "../../shared/policy-schema.ts";
import { cameToNothing, type Intent, intentKey, readIntentAt } from "./intent.ts";

const DAY_MS = 86_400_000;

/** Above what any class allows in a day; bounds the annotation. */
const MAX_TIMES = 64;

type Annotations = Readonly<Record<string, string>> | undefined;

/**
 * When a resource of a pod was resized in the 24 hours before `now`, oldest first. One under way
 * counts, one that came to nothing does not, and neither does the decision `exceptId`.
 *
 * The pod is the record, not a journal: what wears out with changes is this pod, a new one starts
 * from its template with a clean slate (what was done to the workload is on the workload), the time is written with the resize itself and so cannot be
 * lost between two writes, and ten thousand workloads would not fit into one ConfigMap.
 */
export function resizeTimes(
  annotations: Annotations,
  resource: Resource,
  asked: { now: string; exceptId: string },
): readonly string[] {
  return timesAt(annotations, intentKey(resource), asked);
}

/** Likewise, of what is written under a key: a workload's changes, a claim's growth. */
export function timesAt(
  annotations: Annotations,
  key: string,
  { now, exceptId }: { now: string; exceptId: string },
): readonly string[] {
  const intent = readIntentAt(annotations, key);
  if (intent === null) return [];
  return lastDay(intent.id === exceptId ? (intent.earlier ?? []) : timesOf(intent), now);
}

/** The resizes before an intent, as it has to carry them on; its own when it is written again. */
export function earlierThan(
  annotations: Annotations,
  resource: Resource,
  intent: Pick<Intent, "id" | "at">,
): string[] {
  return earlierAt(annotations, intentKey(resource), intent);
}

export function earlierAt(
  annotations: Annotations,
  key: string,
  { id, at }: Pick<Intent, "id" | "at">,
): string[] {
  return timesAt(annotations, key, { now: at, exceptId: id }).slice(-MAX_TIMES);
}

function timesOf(intent: Intent): readonly string[] {
  const { earlier = [], at } = intent;
  return cameToNothing(intent) ? earlier : [...earlier, at];
}

function lastDay(times: readonly string[], now: string): readonly string[] {
  const fromMs = Date.parse(now) - DAY_MS;
  return times.filter((time) => Date.parse(time) > fromMs);
}
