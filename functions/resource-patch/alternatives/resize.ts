import type { Situation } from "../../../shared/events/situation.ts";
import type { WantedSizes } from "../wanted-sizes.ts";
import { type Draft, podTarget } from "./draft.ts";

/** In place, on the running pod. Listed even with nothing to change: its guards say why. */
export function resize(situation: Situation, { direction, changes }: WantedSizes): Draft {
  return {
    action: "resize",
    direction,
    target: podTarget(situation),
    changes,
    replicas: null,
    volume: null,
  };
}
