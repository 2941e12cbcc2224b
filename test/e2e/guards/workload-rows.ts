import { IDLE, LOW } from "./permission-rows.ts";
import { LARGE, MANAGED, namespace, pod, workload } from "./manifests.ts";
import { waitFor } from "../runtime.ts";
import type { Lab } from "./lab.ts";
import type { FreeRow, Manifest, Row } from "./row.ts";
import { rowOf } from "./row-of.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", name: "app" };
const JOB_UID = "6f1c1b0e-0000-4000-8000-000000000001";
const TO_NOWHERE = { template: { spec: { nodeSelector: { pool: "none" } } } };

/** Changes the Deployment, and waits until its controller has seen it. */
async function changed({ kube }: Lab, inNamespace: string, spec: object): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${inNamespace}/deployments/app`;
  await kube("PATCH", path, { spec });
  await waitFor(`the controller of ${inNamespace}`, async () => {
    const { metadata, status } = (await kube("GET", path)) as unknown as {
      metadata: { generation: number };
      status: { observedGeneration?: number };
    };
    return status.observedGeneration === metadata.generation;
  });
}

const autoscaler = (inNamespace: string, name: string, metric: object): Manifest => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name, namespace: inNamespace },
  spec: { scaleTargetRef: DEPLOYMENT, minReplicas: 1, maxReplicas: 5, metrics: [metric] },
});
const CPU_METRIC = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
};
const QUEUE_METRIC = {
  type: "External",
  external: {
    metric: { name: "s0-kafka-orders" },
    target: { type: "AverageValue", averageValue: "5" },
  },
};

const budget = (inNamespace: string, minAvailable: number): Manifest => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "keep", namespace: inNamespace },
  spec: { minAvailable, selector: { matchLabels: { app: "app" } } },
});

const owned = (
  inNamespace: string,
  owner: { apiVersion: string; kind: string; uid: string },
): Manifest =>
  pod(inNamespace, {
    metadata: { ownerReferences: [{ ...owner, name: "app", controller: true }] },
  });

const gitOps = (
  name: string,
  action: Row["action"],
  who: string,
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> },
): Row =>
  rowOf(
    "GITOPS_OWNER",
    action,
    name,
    new RegExp(`^the workload belongs to ${who}, which would write it back$`),
    [workload(name, { workload: metadata })],
    { about: `${who}, ${action}` },
  );

export const WORKLOAD_ROWS: readonly Row[] = [
  rowOf(
    "AUTOSCALED",
    "resize",
    "autoscaled-hpa",
    /^cpu belongs to HorizontalPodAutoscaler by-cpu$/,
    [workload("autoscaled-hpa"), autoscaler("autoscaled-hpa", "by-cpu", CPU_METRIC)],
    { about: "a HorizontalPodAutoscaler that follows it" },
  ),
  rowOf(
    "AUTOSCALED",
    "resize",
    "autoscaled-vpa",
    /^cpu belongs to VerticalPodAutoscaler auto$/,
    [
      workload("autoscaled-vpa"),
      {
        apiVersion: "autoscaling.k8s.io/v1",
        kind: "VerticalPodAutoscaler",
        metadata: { name: "auto", namespace: "autoscaled-vpa" },
        spec: { targetRef: DEPLOYMENT, updatePolicy: { updateMode: "Auto" } },
      },
    ],
    { about: "a VerticalPodAutoscaler that acts" },
  ),
  rowOf(
    "REPLICAS_AUTOSCALED",
    "scale-out",
    "replicas-autoscaled",
    /^replicas belong to HorizontalPodAutoscaler keda-hpa-app$/,
    [
      workload("replicas-autoscaled"),
      // What KEDA makes of a ScaledObject.
      autoscaler("replicas-autoscaled", "keda-hpa-app", QUEUE_METRIC),
    ],
    { about: "a HorizontalPodAutoscaler of KEDA's" },
  ),
  rowOf(
    "REPLICAS_AUTOSCALED",
    "scale-out",
    "replicas-paused",
    /^replicas belong to ScaledObject orders$/,
    [
      workload("replicas-paused"),
      // While it is paused KEDA takes its HorizontalPodAutoscaler away.
      {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: {
          name: "orders",
          namespace: "replicas-paused",
          annotations: { "autoscaling.keda.sh/paused": "true" },
        },
        spec: { scaleTargetRef: { name: "app" }, triggers: [{ type: "kafka", metadata: {} }] },
      },
    ],
    { about: "a ScaledObject that is paused" },
  ),
  rowOf(
    "UNKNOWN_FACTS",
    "patch-owner",
    "unknown-facts",
    /^patch-owner is not done without knowing: workload$/,
    [
      // OpenKruise: a StatefulSet of another group, which nobody here can read.
      owned("unknown-facts", {
        apiVersion: "apps.kruise.io/v1beta1",
        kind: "StatefulSet",
        uid: "kruise",
      }),
    ],
    // Its labels are unknown, too.
    { beside: ["WORKLOAD_NOT_MANAGED"] },
  ),
  rowOf(
    "NO_PATCHABLE_OWNER",
    "patch-owner",
    "no-patchable-owner",
    /^the template of a Job is not for writing$/,
    [
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "app", namespace: "no-patchable-owner", uid: JOB_UID, labels: MANAGED },
        spec: { template: { spec: { containers: [{ name: "app", image: "app:1" }] } } },
      },
      owned("no-patchable-owner", { apiVersion: "batch/v1", kind: "Job", uid: JOB_UID }),
    ],
  ),
  rowOf("NOT_SCALABLE", "scale-out", "not-scalable", /^a DaemonSet has no scale to set$/, [
    workload("not-scalable", { kind: "DaemonSet" }),
  ]),
  rowOf(
    "WORKLOAD_PAUSED",
    "patch-owner",
    "workload-paused",
    /^the workload's rollouts are paused$/,
    [workload("workload-paused")],
    {
      arrange: (lab) => changed(lab, "workload-paused", { paused: true }),
    },
  ),
  rowOf(
    "ROLLING_OUT",
    "patch-owner",
    "rolling-out",
    /^a rollout of the workload is under way$/,
    [workload("rolling-out")],
    {
      // Its new pod finds no node, so it stays under way.
      arrange: (lab) => changed(lab, "rolling-out", TO_NOWHERE),
    },
  ),
  rowOf(
    "ROLLING_OUT",
    "resize",
    "rolling-out-less",
    /^a rollout of the workload is under way$/,
    [workload("rolling-out-less", { sizes: LARGE })],
    {
      about: "less",
      arrange: (lab) => changed(lab, "rolling-out-less", TO_NOWHERE),
      load: LOW,
      used: IDLE,
    },
  ),
  gitOps("gitops-argo", "patch-owner", "Argo CD \\(Application shop\\)", {
    labels: MANAGED,
    annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:gitops-argo/app" },
  }),
  gitOps("gitops-flux", "scale-out", "Flux \\(Kustomization flux-system/shop\\)", {
    labels: {
      ...MANAGED,
      "kustomize.toolkit.fluxcd.io/name": "shop",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    },
  }),
  gitOps("gitops-helm", "patch-owner", "Helm \\(release shop\\)", {
    labels: { ...MANAGED, "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "meta.helm.sh/release-name": "shop" },
  }),
  rowOf(
    "DISRUPTION_BUDGET",
    "patch-owner",
    "disruption-rollout",
    /^PodDisruptionBudget keep allows none now$/,
    [workload("disruption-rollout"), budget("disruption-rollout", 1)],
    { about: "a rollout" },
  ),
  rowOf(
    "DISRUPTION_BUDGET",
    "scale-in",
    "disruption-scale-in",
    /^PodDisruptionBudget keep allows none now$/,
    [
      workload("disruption-scale-in", { sizes: LARGE, replicas: 3 }),
      budget("disruption-scale-in", 3),
    ],
    { about: "fewer replicas", load: LOW, used: IDLE },
  ),
];

const free = (
  about: string,
  name: string,
  objects: Manifest[],
  more: Partial<FreeRow> = {},
): FreeRow => ({
  about,
  action: "resize",
  namespace: name,
  objects: [namespace(name, { allowedActions: "resize" }), ...objects],
  ...more,
});

/** Of others that have a say, what is not theirs. */
export const FREE_WORKLOAD_ROWS: readonly FreeRow[] = [
  free("relief in place during a rollout", "free-rollout", [workload("free-rollout")], {
    arrange: (lab) => changed(lab, "free-rollout", TO_NOWHERE),
  }),
  free(
    "memory beside an autoscaler that follows CPU",
    "free-memory",
    [workload("free-memory"), autoscaler("free-memory", "by-cpu", CPU_METRIC)],
    { load: { resource: "memory" } },
  ),
  free("a size in place under GitOps, and under a budget that is spent", "free-gitops", [
    workload("free-gitops", {
      workload: {
        labels: MANAGED,
        annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:free-gitops/app" },
      },
    }),
    budget("free-gitops", 1),
  ]),
];
