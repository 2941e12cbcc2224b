import type { Workload } from "../manifests/workload.ts";
import { livenessOf, readinessOf, startupOf } from "./container-probes.ts";
import { type Plan, planProcess, type Surroundings } from "./plan-process.ts";
import { fixedScale } from "./scale-rules.ts";

/** A plain pod sets no limit to a request; this is the most that Knative lets one have. */
const REQUEST_LIMIT_MS = 600_000;

const GROUPS = { Deployment: "apps", ContainerSource: "sources.knative.dev" } as const;

/**
 * Plans a workload that is always there. A process cannot have a port of its own number as a pod
 * can, so it is told its one by PORT (and by `$(PORT)` in command and args), as on Knative.
 * `isServer`: something sends to it, so it is ready once it listens; else once it runs.
 * Null when there were faults, which are all told to `fault`.
 */
export function toWorkloadRevision(
  workload: Workload,
  isServer: boolean,
  around: Surroundings,
  fault: (message: string) => void,
): Plan | null {
  const { kind, namespace, name, file, labels, replicas, template } = workload;
  const { annotations, spec } = template;
  const [container] = spec.containers;
  if (container === undefined) return null;
  const planned = planProcess(
    { group: GROUPS[kind], kind, namespace, name, labels },
    {
      file,
      annotations,
      container,
      volumes: spec.volumes,
      serviceAccount: spec.automountServiceAccountToken === false ? null : spec.serviceAccountName,
    },
    {},
    around,
    fault,
  );
  if (planned === null) return null;
  const { volumesFolder, volumes, serviceAccount, ...process } = planned;
  const { readinessProbe, startupProbe, livenessProbe } = container;
  return {
    revision: {
      ...process,
      namespace,
      service: name,
      name,
      clusterLocal: true,
      containerConcurrency: 0,
      timeoutMs: REQUEST_LIMIT_MS,
      responseStartTimeoutMs: null,
      idleTimeoutMs: null,
      graceMs: spec.terminationGracePeriodSeconds * 1_000,
      scale: fixedScale(replicas),
      probe:
        isServer || readinessProbe !== undefined ? readinessOf(readinessProbe) : { kind: "none" },
      startup: startupOf(startupProbe),
      liveness: livenessOf(livenessProbe),
    },
    volumesFolder,
    volumes,
    serviceAccount,
  };
}
