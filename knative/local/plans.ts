import type { Entries } from "./manifests/entries.ts";
import type { Fault } from "./manifests/fault.ts";
import type { Wiring } from "./manifests/wiring.ts";
import { inheritedEnv, type KeyedData } from "./serving/environment.ts";
import { serviceKey } from "./serving/revision.ts";
import type { BoundSink } from "./serving/sink-env.ts";
import { type Plan, type Surroundings, toRevision } from "./serving/to-revision.ts";

type Places = Pick<Surroundings, "distFolder" | "volumesFolder" | "kubeconfigOf" | "windowSeconds">;

/** Plans every service of the manifests. Nothing is written; `faults` holds what cannot be run. */
export function planServices(
  wiring: Wiring,
  sinks: readonly BoundSink[],
  places: Places,
): { plans: Plan[]; faults: Fault[] } {
  const around: Surroundings = {
    ...places,
    sinks,
    configMaps: byKey(wiring.configMaps),
    secrets: byKey(wiring.secrets),
    inherited: inheritedEnv(),
  };
  const faults: Fault[] = [];
  const plans = wiring.services.flatMap((service) => {
    const { file, line } = service;
    const plan = toRevision(service, around, (message) => faults.push({ file, line, message }));
    return plan === null ? [] : [plan];
  });
  return { plans, faults };
}

function byKey(all: readonly Entries[]): KeyedData {
  return new Map(all.map(({ namespace, name, entries }) => [serviceKey(namespace, name), entries]));
}
