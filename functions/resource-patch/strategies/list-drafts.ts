import type { Situation } from "../../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import type { Rules } from "../../../shared/policy-rules.ts";
import { type Draft, KEEP } from "../alternatives/draft.ts";
import { listAlternatives } from "../alternatives/list.ts";
import { patchOwner } from "../alternatives/patch-owner.ts";
import { resize } from "../alternatives/resize.ts";
import { roomRatio } from "../room-ratio.ts";
import { wantedRatio } from "../wanted-ratio.ts";
import type { WantedSizes } from "../wanted-sizes.ts";
import { zonePatch } from "./cluster-zone.ts";
import { vpaSizes } from "./vpa-target.ts";

/** What could be done, keep first, and by how much the workload ought to grow at most. */
type Listed = { drafts: Draft[]; wanted: number };

const NO_SIZES: WantedSizes = { direction: "none", changes: [] };

/** All that the strategy of the policy lets be done; guards are for later. */
export function listDrafts(situation: Situation, rules: Rules, policy: DecisionPolicy): Listed {
  switch (rules.strategy) {
    case "cluster-zone": {
      const { zone } = situation;
      const draft =
        zone === undefined
          ? resize(situation, NO_SIZES)
          : zonePatch(situation, zone, rules, policy);
      return { drafts: [KEEP, draft], wanted: 1 };
    }
    case "vpa": {
      const { vpa } = situation;
      const sizes = (action: "resize" | "patch-owner") =>
        vpa === null || vpa === undefined
          ? NO_SIZES
          : vpaSizes(situation, vpa, policy, roomRatio(situation, action));
      const drafts = [
        KEEP,
        resize(situation, sizes("resize")),
        ...patchOwner(situation, sizes("patch-owner"), policy),
      ];
      return { drafts, wanted: 1 };
    }
    case "usage":
    case "recommend-only": {
      const wanted = wantedRatio(situation, policy);
      return { drafts: listAlternatives(situation, policy, wanted), wanted };
    }
  }
}

/** Whether the strategy itself says what to do: what a guard lets pass of it is done, whatever its score. */
export function isPrescribed({ strategy }: Rules): boolean {
  return strategy === "cluster-zone" || strategy === "vpa";
}
