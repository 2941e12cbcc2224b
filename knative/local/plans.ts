import { backingOf } from "./core-services.ts";
import type { Entries } from "./manifests/entries.ts";
import type { Fault } from "./manifests/fault.ts";
import type { Identity } from "./manifests/metadata.ts";
import type { Wiring } from "./manifests/wiring.ts";
import type { Workload } from "./manifests/workload.ts";
import { inheritedEnv, type KeyedData } from "./serving/environment.ts";
import type { Plan, Surroundings } from "./serving/plan-process.ts";
import { serviceKey } from "./serving/revision.ts";
import type { BoundSink } from "./serving/sink-env.ts";
import { toRevision } from "./serving/to-revision.ts";
import { toWorkloadRevision } from "./serving/workload-revision.ts";

/** The machine alone, without the manifests. */
export type Places = Pick<
  Surroundings,
  "distFolder" | "volumesFolder" | "clusterEnvOf" | "windowSeconds" | "generationOf" | "toldOf"
>;

/** `owner`: `<kind>/<namespace>/<name>`; `names`: those of the Services that lead to it. */
export type NamedPlan = Plan & { owner: string; names: readonly string[] };

/** Plans everything that runs as a process. Nothing is written; `faults` holds what cannot be run. */
export function planServices(
  wiring: Wiring,
  sinks: readonly BoundSink[],
  places: Places,
): { plans: NamedPlan[]; faults: Fault[] } {
  const around: Surroundings = {
    ...places,
    sinks,
    configMaps: byKey(wiring.configMaps),
    secrets: byKey(wiring.secrets),
    inherited: inheritedEnv(),
  };
  const faults: Fault[] = [];
  const plan = <T extends Identity>(
    kind: string,
    one: T,
    names: readonly string[],
    to: (one: T, fault: (message: string) => void) => Plan | null,
  ): NamedPlan[] => {
    const { file, line, namespace, name } = one;
    const planned = to(one, (message) => faults.push({ file, line, message }));
    return planned === null ? [] : [{ ...planned, owner: `${kind}/${namespace}/${name}`, names }];
  };
  const plans = [
    ...wiring.services.flatMap((service) =>
      plan(
        "Service",
        service,
        [service.name, ...service.tags.map((tag) => `${tag}-${service.name}`)],
        (one, fault) => toRevision(one, around, fault),
      ),
    ),
    ...[...wiring.deployments, ...wiring.containerSources]
      .filter(({ replicas }) => replicas > 0)
      .flatMap((workload) => {
        const names = namesOf(workload, wiring);
        return plan(workload.kind, workload, names, (one, fault) =>
          toWorkloadRevision(one, names.length > 0, around, fault),
        );
      }),
  ];
  return { plans, faults };
}

function namesOf(workload: Workload, wiring: Wiring): string[] {
  return wiring.coreServices
    .filter((service) => {
      const backed = backingOf(service, wiring);
      return "deployment" in backed && backed.deployment === workload;
    })
    .map(({ name }) => name);
}

function byKey(all: readonly Entries[]): KeyedData {
  return new Map(all.map(({ namespace, name, entries }) => [serviceKey(namespace, name), entries]));
}
