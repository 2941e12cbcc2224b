import { type NamedPlan, type Places, planServices } from "../plans.ts";
import type { BoundSink } from "../serving/sink-env.ts";
import type { Wiring } from "../manifests/wiring.ts";

/** Plans one wiring after the other, and tells what stays from what is new. */
export type LivePlans = {
  /**
   * Every plan of a wiring without faults. What makes the same process as before is the same
   * revision, by identity; what makes another is counted on: `web-00002`.
   */
  plan(
    wiring: Wiring,
    sinks: readonly BoundSink[],
  ): { plans: NamedPlan[]; fresh: readonly NamedPlan[] };
};

export function createLivePlans(places: Places): LivePlans {
  const generations = new Map<string, number>();
  let before = new Map<string, NamedPlan>();
  const counted: Places = {
    ...places,
    generationOf: ({ kind, namespace, name }) =>
      generations.get(`${kind}/${namespace}/${name}`) ?? 1,
  };
  return {
    plan(wiring, sinks) {
      const planned = planServices(wiring, sinks, counted).plans;
      const changed = planned.filter((plan) => !isSame(plan, before.get(plan.owner)));
      let isCounted = false;
      for (const { owner } of changed) {
        const generation = generations.get(owner);
        generations.set(owner, (generation ?? 0) + 1);
        isCounted ||= generation !== undefined;
      }
      // The number is in the name, the environment and the folder of a revision.
      const anew = isCounted ? planServices(wiring, sinks, counted).plans : planned;
      const owners = new Set(changed.map(({ owner }) => owner));
      const plans = anew.map((plan) => {
        const known = owners.has(plan.owner) ? undefined : before.get(plan.owner);
        return known === undefined ? plan : { ...known, names: plan.names };
      });
      before = new Map(plans.map((plan) => [plan.owner, plan]));
      return { plans, fresh: plans.filter(({ owner }) => owners.has(owner)) };
    },
  };
}

/** Whether two plans make the same process. By what names it is reached does not count. */
function isSame(one: NamedPlan, other: NamedPlan | undefined): boolean {
  return other !== undefined && textOf(one) === textOf(other);
}

function textOf({ revision, volumes, serviceAccount }: NamedPlan): string {
  const files = volumes.map(({ files: contents, ...mount }) => ({
    ...mount,
    contents: [...contents].map(([path, content]) => [path, content.toString("base64")]),
  }));
  return JSON.stringify({ revision, files, serviceAccount });
}
