import type { ContainerChange } from "../../../shared/events/change.ts";
import type { Situation } from "../../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import { isGuaranteed } from "../size.ts";
import type { WantedSizes } from "../wanted-sizes.ts";
import type { Draft } from "./draft.ts";

/**
 * The sizes written to the template of the workload: they last, and cost a rollout. Nothing for a
 * pod of nobody, and nothing when no size would change.
 */
export function patchOwner(
  { owner, load }: Situation,
  { direction, changes }: WantedSizes,
  policy: DecisionPolicy,
): Draft[] {
  if (owner.kind === "Pod" || changes.length === 0) return [];
  const withoutLimit = load.resource === "cpu" && policy.cpu.limits === "none";
  return [
    {
      action: "patch-owner",
      direction,
      target: owner,
      changes: withoutLimit ? changes.map(dropLimit) : changes,
      replicas: null,
      volume: null,
    },
  ];
}

/** Only a template can lose a limit. Without one, a container cannot be Guaranteed: such keep theirs. */
function dropLimit(change: ContainerChange): ContainerChange {
  const { request } = change.after;
  if (request === null || isGuaranteed(change.before, "cpu")) return change;
  return { ...change, after: { request, limit: null } };
}
