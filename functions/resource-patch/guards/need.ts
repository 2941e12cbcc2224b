import { growthRatio, isSized } from "../size.ts";
import { isPrescribed } from "../strategies/list-drafts.ts";
import { usageFacts, usageOf } from "../usage-advice.ts";
import { type Candidate, type Guard, SIZES } from "./guard.ts";

/** What need not, or has nothing to go by. Where a strategy says the sizes, its own guards say why not. */
export const NEED: readonly Guard[] = [
  {
    code: "NOT_HIGH",
    for: ["resize"],
    test: (candidate) => {
      const { situation, draft, rules } = candidate;
      if (isPrescribed(rules) || draft.changes.length > 0 || situation.load.band === "high") {
        return null;
      }
      return `load ${situation.load.band}: ${historyOf(candidate)}`;
    },
  },
  {
    code: "NO_PERCENT",
    for: ["resize"],
    test: ({ situation: { load }, draft, rules }) =>
      !isPrescribed(rules) && load.percent === null && draft.changes.length === 0
        ? "only the band of the load is known, not its percent"
        : null,
  },
];

/** Likewise, told after those of time. */
export const NOTHING_TO_DO: readonly Guard[] = [
  {
    code: "NOTHING_TO_SCALE",
    for: SIZES,
    test: ({ situation: { pod, load } }) =>
      pod.containers.some((container) => isSized(container, load.resource))
        ? null
        : `no container has a request or limit of ${load.resource} to scale from`,
  },
  {
    code: "NOT_NEEDED",
    for: ["resize"],
    test: ({ situation: { load }, draft, policy, rules }) =>
      !isPrescribed(rules) &&
      draft.changes.length === 0 &&
      load.percent !== null &&
      growthRatio(load.percent, load.resource, policy) <= 1
        ? `${load.percent} % is what the class aims for, or below`
        : null,
  },
  {
    code: "AT_BOUND",
    for: ["resize"],
    test: ({ situation: { pod, load }, draft, policy, rules }) =>
      !isPrescribed(rules) &&
      draft.changes.length === 0 &&
      load.band === "high" &&
      load.percent !== null &&
      growthRatio(load.percent, load.resource, policy) > 1 &&
      pod.containers.some((container) => isSized(container, load.resource))
        ? `every container is at the class's bound of ${load.resource}`
        : null,
  },
  {
    code: "VOLUME_AT_BOUND",
    for: ["grow-volume"],
    test: ({ draft: { volume }, policy }) =>
      volume !== null && volume.afterBytes <= volume.beforeBytes
        ? `${volume.claim} is at the class's bound of ${policy.volume.maxGibibytes} GiB`
        : null,
  },
];

function historyOf({ situation }: Candidate): string {
  const usage = usageFacts(situation);
  if (usage === null) {
    const why =
      situation.usage !== null && "reason" in situation.usage ? situation.usage.reason : "";
    return `one reading is not a history, so sizes only go up${why === "" ? "" : ` (${why})`}`;
  }
  if (!usage.confidence.isEnough) {
    return `${Math.round(usage.historyHours)} h of history are too little to make anything smaller`;
  }
  const [container] = situation.pod.containers;
  const reason =
    container === undefined ? undefined : usageOf(situation, container.name)?.advice?.reason;
  return reason === undefined ? "history asks for no change" : `history: ${reason}`;
}
