import type { Direction } from "../../shared/events/change.ts";
import type { Situation } from "../../shared/events/situation.ts";
import { Resource } from "../../shared/policy-words.ts";
import { changeKey, type Intent, intentKey, readIntentAt } from "./intent.ts";
import { timesAt } from "./resize-times.ts";
import { toAmount } from "./totals.ts";

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
  if (latest === null || latest === undefined) return null;
  const direction = directionOf(latest, resource);
  const { id: decisionId, at } = latest;
  return { decisionId, at, ...(direction === "none" ? {} : { direction }) };
}

/** Of what an intent changes: replicas, else limits, else requests where no limit moves. */
function directionOf({ changes, replicas }: Intent, resource: Resource): Direction {
  const pairs =
    replicas === null || replicas === undefined
      ? (["limit", "request"] as const).map((part) =>
          (["before", "after"] as const).map((side) =>
            changes.reduce((sum, change) => sum + toAmount(change[side][part], resource), 0),
          ),
        )
      : [[replicas.before, replicas.after]];
  const [before = 0, after = 0] = pairs.find(([from, to]) => from !== to) ?? [];
  return after > before ? "up" : after < before ? "down" : "none";
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
