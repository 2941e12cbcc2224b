import type { OwnerMetadata } from "../../../shared/kube/owners.ts";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import { policyAnnotations } from "../../../shared/policy-override.ts";
import { gitOpsOf, type Tracked } from "./git-ops.ts";
import { groupOf } from "./group.ts";

type WorkloadFacts = NonNullable<Surroundings["workload"]>;
type Replicas = WorkloadFacts["replicas"];

type Template = { metadata?: { labels?: Record<string, string> } };

/** What the kinds of workload have in common; of each only some. */
export type WorkloadObject = {
  metadata: Tracked & OwnerMetadata & { generation?: number };
  spec?: {
    replicas?: number;
    paused?: boolean;
    suspend?: boolean;
    template?: Template;
    jobTemplate?: { spec?: { template?: Template } };
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  status?: {
    /** Argo Rollouts writes it as text. */
    observedGeneration?: number | string;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    desiredNumberScheduled?: number;
    numberReady?: number;
    updatedNumberScheduled?: number;
    currentPodHash?: string;
    stableRS?: string;
    pauseConditions?: readonly unknown[];
    latestCreatedRevisionName?: string;
    latestReadyRevisionName?: string;
  };
};

type Progress = { replicas: Replicas; isRollingOut: boolean; isPaused: boolean };

/** Kinds by group; the version is the reader's choice. */
const PROGRESS: ReadonlyMap<string, (object: WorkloadObject) => Progress> = new Map([
  ["apps Deployment", deployment],
  ["apps StatefulSet", statefulSet],
  ["apps DaemonSet", daemonSet],
  ["apps ReplicaSet", (object) => ({ ...plain(object), replicas: replicasOf(object) })],
  ["batch Job", plain],
  ["batch CronJob", plain],
  [" Pod", plain],
  ["argoproj.io Rollout", argoRollout],
  ["serving.knative.dev Service", knativeService],
]);

/** null for a kind that we cannot read the state of. */
export function workloadFacts(
  { apiVersion, kind }: { apiVersion: string; kind: string },
  object: WorkloadObject,
): WorkloadFacts | null {
  const progress = PROGRESS.get(`${groupOf(apiVersion)} ${kind}`);
  if (progress === undefined) return null;
  const { metadata } = object;
  return {
    ...progress(object),
    gitOps: gitOpsOf(metadata),
    // A decision travels with them: what others have written there can be of any length.
    annotations: policyAnnotations(metadata.annotations),
  };
}

/** The controller has not looked at the latest spec. */
function isBehind({ metadata, status }: WorkloadObject): boolean {
  const observed = status?.observedGeneration;
  return metadata.generation !== undefined && Number(observed ?? 0) < metadata.generation;
}

function replicasOf({ spec, status }: WorkloadObject): NonNullable<Replicas> {
  return {
    desired: spec?.replicas ?? 1,
    ready: status?.readyReplicas ?? 0,
    updated: status?.updatedReplicas ?? status?.replicas ?? 0,
    isScalable: true,
  };
}

function plain({ spec }: WorkloadObject): Progress {
  return { replicas: null, isRollingOut: false, isPaused: spec?.suspend === true };
}

/** As `kubectl rollout status`, but a pod that fails is no rollout. */
function deployment(object: WorkloadObject): Progress {
  const replicas = replicasOf({
    ...object,
    status: { updatedReplicas: 0, ...object.status },
  });
  const { desired, updated } = replicas;
  const total = object.status?.replicas ?? 0;
  return {
    replicas,
    isRollingOut: isBehind(object) || updated < desired || total > updated,
    isPaused: object.spec?.paused === true,
  };
}

/** With OnDelete, and below the partition, old pods stay as long as nobody deletes them. */
function statefulSet(object: WorkloadObject): Progress {
  const replicas = replicasOf({ ...object, status: { updatedReplicas: 0, ...object.status } });
  const { type, rollingUpdate } = object.spec?.updateStrategy ?? {};
  const due = type === "OnDelete" ? 0 : replicas.desired - (rollingUpdate?.partition ?? 0);
  return {
    replicas,
    isRollingOut: isBehind(object) || replicas.updated < due,
    isPaused: false,
  };
}

function daemonSet(object: WorkloadObject): Progress {
  const {
    desiredNumberScheduled = 0,
    numberReady = 0,
    updatedNumberScheduled = 0,
  } = object.status ?? {};
  const isByHand = object.spec?.updateStrategy?.type === "OnDelete";
  return {
    replicas: {
      desired: desiredNumberScheduled,
      ready: numberReady,
      updated: updatedNumberScheduled,
      isScalable: false,
    },
    isRollingOut:
      isBehind(object) || (!isByHand && updatedNumberScheduled < desiredNumberScheduled),
    isPaused: false,
  };
}

/** https://argo-rollouts.readthedocs.io/en/stable/features/specification/ */
function argoRollout(object: WorkloadObject): Progress {
  const { spec, status } = object;
  const replicas = replicasOf({ ...object, status: { updatedReplicas: 0, ...status } });
  const isBetween = (status?.currentPodHash ?? "") !== (status?.stableRS ?? "");
  return {
    replicas,
    isRollingOut: isBehind(object) || isBetween || replicas.updated < replicas.desired,
    isPaused: spec?.paused === true || (status?.pauseConditions ?? []).length > 0,
  };
}

/** How many pods it has is its autoscaler's business. */
function knativeService(object: WorkloadObject): Progress {
  const { latestCreatedRevisionName, latestReadyRevisionName } = object.status ?? {};
  return {
    replicas: null,
    isRollingOut: isBehind(object) || latestCreatedRevisionName !== latestReadyRevisionName,
    isPaused: false,
  };
}
