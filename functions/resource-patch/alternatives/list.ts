import type { Situation } from "../../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import { roomRatio } from "../room-ratio.ts";
import { wantedSizes } from "../wanted-sizes.ts";
import { type Draft, KEEP } from "./draft.ts";
import { growVolume } from "./grow-volume.ts";
import { patchOwner } from "./patch-owner.ts";
import { resize } from "./resize.ts";
import { scaleIn, scaleOut } from "./scale.ts";

/**
 * All that could be done, keep and resize first, for a growth by `wanted`. Whether it may be done is for the guards.
 */
export function listAlternatives(
  situation: Situation,
  policy: DecisionPolicy,
  wanted: number,
): Draft[] {
  const sizes = (action: "resize" | "patch-owner") =>
    wantedSizes(situation, policy, roomRatio(situation, action));
  return [
    KEEP,
    resize(situation, sizes("resize")),
    ...patchOwner(situation, sizes("patch-owner"), policy),
    ...scaleOut(situation, policy, wanted),
    ...scaleIn(situation, policy),
    ...growVolume(situation, policy),
  ];
}
