import { IDLE, LOW } from "./permission-rows.ts";
import { LARGE, MANAGED, namespace, pod, workload } from "./manifests.ts";
import type { Manifest, Row } from "./row.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", name: "app" };
const DEPLOYMENTS = "/apis/apps/v1/namespaces";
const SECONDARY = "lab.example/job-1";

const row = (
  code: string,
  action: Row["action"],
  name: string,
  reason: RegExp,
  objects: Manifest[],
  more: Partial<Row> = {},
): Row => ({
  code,
  action,
  namespace: name,
  reason,
  objects: [namespace(name, { allowedActions: action }), ...objects],
  ...more,
});

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
  row(
    "GITOPS_OWNER",
    action,
    name,
    new RegExp(`^the workload belongs to ${who}, which would write it back$`),
    [workload(name, { workload: metadata })],
    { about: `${who}, ${action}` },
  );

export const WORKLOAD_ROWS: readonly Row[] = [
  row(
    "AUTOSCALED",
    "resize",
    "autoscaled-hpa",
    /^cpu belongs to HorizontalPodAutoscaler by-cpu$/,
    [workload("autoscaled-hpa"), autoscaler("autoscaled-hpa", "by-cpu", CPU_METRIC)],
    { about: "a HorizontalPodAutoscaler that follows it" },
  ),
  row(
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
  row(
    "REPLICAS_AUTOSCALED",
    "scale-out",
    "replicas-autoscaled",
    /^replicas belong to HorizontalPodAutoscaler keda-hpa-app$/,
    [
      workload("replicas-autoscaled"),
      // What KEDA makes of a ScaledObject.
      autoscaler("replicas-autoscaled", "keda-hpa-app", QUEUE_METRIC),
    ],
  ),
  row(
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
  row(
    "NO_PATCHABLE_OWNER",
    "patch-owner",
    "no-patchable-owner",
    /^the template of a Job is not for writing$/,
    [
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "app", namespace: "no-patchable-owner", uid: SECONDARY, labels: MANAGED },
        spec: { template: { spec: { containers: [{ name: "app", image: "app:1" }] } } },
      },
      owned("no-patchable-owner", { apiVersion: "batch/v1", kind: "Job", uid: SECONDARY }),
    ],
  ),
  row("NOT_SCALABLE", "scale-out", "not-scalable", /^a DaemonSet has no scale to set$/, [
    workload("not-scalable", { kind: "DaemonSet" }),
  ]),
  row(
    "WORKLOAD_PAUSED",
    "patch-owner",
    "workload-paused",
    /^the workload's rollouts are paused$/,
    [workload("workload-paused")],
    {
      async arrange({ kube }) {
        await kube("PATCH", `${DEPLOYMENTS}/workload-paused/deployments/app`, {
          spec: { paused: true },
        });
      },
    },
  ),
  row(
    "ROLLING_OUT",
    "patch-owner",
    "rolling-out",
    /^a rollout of the workload is under way$/,
    [workload("rolling-out")],
    {
      // Its new pod finds no node, so it stays under way.
      async arrange({ kube }) {
        await kube("PATCH", `${DEPLOYMENTS}/rolling-out/deployments/app`, {
          spec: { template: { spec: { nodeSelector: { pool: "none" } } } },
        });
      },
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
  row(
    "DISRUPTION_BUDGET",
    "patch-owner",
    "disruption-rollout",
    /^PodDisruptionBudget keep allows none now$/,
    [workload("disruption-rollout"), budget("disruption-rollout", 1)],
    { about: "a rollout" },
  ),
  row(
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
