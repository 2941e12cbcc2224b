import type { Collection } from "./scan.ts";

export type WorkloadKind = {
  apiVersion: string;
  kind: string;
  collection: Collection;
  /**
   * Whether it can stand at the end of the owners of a pod, and be there without any: asleep at zero,
   * scaled in, or between two runs. What is only ever made by another one is listed when it occurs.
   */
  isTop: boolean;
  /** A kind that a cluster need not have. */
  isOptional: boolean;
};

const built = (apiVersion: string, kind: string, plural: string, isTop: boolean): WorkloadKind => ({
  apiVersion,
  kind,
  collection: { group: `apis/${apiVersion}`, plural },
  isTop,
  isOptional: false,
});
const custom = (...args: Parameters<typeof built>): WorkloadKind => ({
  ...built(...args),
  isOptional: true,
});

/**
 * Kinds whose labels, and owners, we read, in the order in which one owns the other: a Knative
 * Service has a Configuration, that Revisions, each a Deployment. Other kinds are workloads by name
 * only, and end the chain. The kinds of `shared/kube/owners.ts`.
 */
export const LEVELS: readonly (readonly WorkloadKind[])[] = [
  [
    built("apps/v1", "ReplicaSet", "replicasets", false),
    built("apps/v1", "StatefulSet", "statefulsets", true),
    built("apps/v1", "DaemonSet", "daemonsets", true),
    built("batch/v1", "Job", "jobs", false),
  ],
  [
    built("apps/v1", "Deployment", "deployments", true),
    built("batch/v1", "CronJob", "cronjobs", true),
    custom("argoproj.io/v1alpha1", "Rollout", "rollouts", true),
  ],
  [custom("serving.knative.dev/v1", "Revision", "revisions", false)],
  [custom("serving.knative.dev/v1", "Configuration", "configurations", false)],
  [custom("serving.knative.dev/v1", "Service", "services", true)],
];
