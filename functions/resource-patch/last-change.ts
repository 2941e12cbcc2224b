import type { Situation } from "../../shared/events/resources.ts";
import { Resource } from "../../shared/policy-words.ts";
import { changeKey, intentKey, readIntentAt } from "./intent.ts";
import { timesAt } from "./resize-times.ts";

type Annotations = Readonly<Record<string, string>>;

/** What a pod and its workload were annotated with. */
export type Books = { pod: Annotations; workload: Annotations };

const HOUR_MS = 3_600_000;

/**
 * The latest change of a resource, of the pod or of its workload: a pod that a rollout has started
 * cools down like the one it replaced. The decisions in `except` do not count.
 */
export function lastChange(
  books: Books,
  resource: Resource,
  except: ReadonlySet<string>,
): Situation["lastResize"] {
  const intents = [
    readIntentAt(books.pod, intentKey(resource)),
    readIntentAt(books.workload, changeKey(resource)),
  ].filter((intent) => intent !== null && !except.has(intent.id));
  const [latest] = intents.toSorted((a, b) => Date.parse(b?.at ?? "") - Date.parse(a?.at ?? ""));
  return latest === null || latest === undefined ? null : { decisionId: latest.id, at: latest.at };
}

/**
 * How often the pod and its workload were changed, whatever the resource. What came to nothing does
 * not count, and neither does the decision itself.
 */
export function spentOn(
  books: Books,
  { now, decisionId }: { now: string; decisionId: string },
): { workloadLastHour: number; workloadLastDay: number } {
  const asked = { now, exceptId: decisionId };
  const times = Resource.options.flatMap((resource) => [
    ...timesAt(books.pod, intentKey(resource), asked),
    ...timesAt(books.workload, changeKey(resource), asked),
  ]);
  const hourAgoMs = Date.parse(now) - HOUR_MS;
  return {
    workloadLastHour: times.filter((time) => Date.parse(time) > hourAgoMs).length,
    workloadLastDay: times.length,
  };
}
