import type { RollingKind } from "./deployment.ts";
import { rollouts } from "./resources.ts";
import { specSchemas } from "./workload-types.ts";
import type { Workload } from "./workload-types.ts";

/**
 * Argo's Rollout, as far as others see it: rolls at once, as its canary strategy without steps, and
 * stays between two templates while it is paused. Steps, analyses and traffic are not simulated.
 */
export const rolloutKind: RollingKind = {
  resource: rollouts,
  hashLabel: "rollouts-pod-template-hash",
  revisionAnnotation: "rollout.argoproj.io/revision",
  controller: "rollouts-controller",
  writeStatus({ store }, { metadata }, { counts, targetHash, isComplete }) {
    const current = store.get(rollouts, metadata.namespace, metadata.name) as Workload | undefined;
    if (current === undefined) return;
    const isPaused = current.spec["paused"] === true;
    store.update(rollouts, {
      ...current,
      status: {
        ...counts,
        currentPodHash: targetHash,
        // The last that was whole; a new Rollout has none until then.
        ...(isComplete
          ? { stableRS: targetHash }
          : { stableRS: current.status?.["stableRS"] ?? targetHash }),
        phase: isPaused ? "Paused" : isComplete ? "Healthy" : "Progressing",
        // Text, in the CRD.
        observedGeneration: String(current.metadata.generation ?? 1),
      },
    });
  },
};

/** A CRD's object may be anything; the controller takes what reads like a Deployment. */
export const isRollout = (object: Workload): boolean =>
  specSchemas["deployments.apps"]?.safeParse(object.spec).success === true;
