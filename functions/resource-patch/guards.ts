import type { GuardHit } from "../../shared/events/decided.ts";
import type { Candidate, Guard } from "./guards/guard.ts";
import { NEED, NOTHING_TO_DO } from "./guards/need.ts";
import { PERMISSION } from "./guards/permission.ts";
import { POD } from "./guards/pod.ts";
import { ROOM } from "./guards/room.ts";
import { NEW_SIZES } from "./guards/sizes.ts";
import { STRATEGY } from "./guards/strategy.ts";
import { TIMING } from "./guards/timing.ts";
import { WORKLOAD } from "./guards/workload.ts";

/** In the order in which they are told: who may not, then what cannot, then what need not. */
export const GUARDS: readonly Guard[] = [
  ...PERMISSION,
  ...POD,
  ...WORKLOAD,
  ...STRATEGY,
  ...NEED,
  ...TIMING,
  ...NOTHING_TO_DO,
  ...NEW_SIZES,
  ...ROOM,
];

/** Every guard that forbids an alternative, with its reason; none for what may be done. */
export function hitGuards(candidate: Candidate): GuardHit[] {
  const { action } = candidate.draft;
  if (action === "keep") return [];
  return GUARDS.flatMap(({ code, for: actions, test }) => {
    if (actions !== undefined && !actions.includes(action)) return [];
    const reason = test(candidate);
    return reason === null ? [] : [{ code, reason }];
  });
}
