import type { KnativeService } from "../manifests/knative-service.ts";
import { livenessOf, readinessOf, startupOf } from "./container-probes.ts";
import { generationOf, type Plan, planProcess, type Surroundings } from "./plan-process.ts";
import { scaleRules } from "./scale-rules.ts";

/**
 * Plans a Knative Service as a process; nothing is written. Null when there were faults, which are
 * all told to `fault`.
 */
export function toRevision(
  service: KnativeService,
  around: Surroundings,
  fault: (message: string) => void,
): Plan | null {
  const { namespace, name, file, template, autoscaling, labels } = service;
  const { spec, annotations } = template;
  const [container] = spec.containers;
  if (container === undefined) return null;
  const generation = generationOf({ kind: "Service", namespace, name }, around);
  const revisionName = template.name ?? `${name}-${String(generation).padStart(5, "0")}`;
  const planned = planProcess(
    { group: "serving.knative.dev", kind: "Service", namespace, name, labels },
    {
      file,
      annotations,
      container,
      volumes: spec.volumes,
      serviceAccount: spec.automountServiceAccountToken === false ? null : spec.serviceAccountName,
    },
    { K_SERVICE: name, K_CONFIGURATION: name, K_REVISION: revisionName },
    around,
    fault,
  );
  if (planned === null) return null;
  const { volumesFolder, volumes, serviceAccount, ...process } = planned;
  const timeoutMs = spec.timeoutSeconds * 1_000;
  return {
    revision: {
      ...process,
      namespace,
      service: name,
      name: revisionName,
      clusterLocal: labels["networking.knative.dev/visibility"] === "cluster-local",
      containerConcurrency: spec.containerConcurrency,
      timeoutMs,
      responseStartTimeoutMs: toLimitMs(spec.responseStartTimeoutSeconds),
      idleTimeoutMs: toLimitMs(spec.idleTimeoutSeconds),
      // `S:pkg/reconciler/revision/resources/deploy.go`: terminationGracePeriodSeconds.
      graceMs: timeoutMs,
      scale: scaleRules(autoscaling, spec.containerConcurrency, {
        windowSeconds: around.windowSeconds,
        initialScale: autoscaling.isInitialScaleGiven ? autoscaling.initialScale : 0,
      }),
      probe: readinessOf(container.readinessProbe),
      startup: startupOf(container.startupProbe),
      liveness: livenessOf(container.livenessProbe),
    },
    volumesFolder,
    volumes,
    serviceAccount,
  };
}

/** 0 is off (`S:pkg/apis/config/defaults.go`). */
const toLimitMs = (seconds: number | undefined): number | null =>
  seconds === undefined || seconds === 0 ? null : seconds * 1_000;
