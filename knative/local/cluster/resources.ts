import { at } from "./kube-object.ts";
import { apiVersionOf, type Resource, resource } from "./resource.ts";

const custom = { builtin: false, generation: true, subresources: ["status"] } as const;
const knative = { ...custom, categories: ["all", "knative"] } as const;
const workload = {
  categories: ["all"],
  generation: true,
  subresources: ["status", "scale"],
} as const;
const cluster = { namespaced: false } as const;
const upserted = { createdByUpdate: true } as const;
const extension = { ...cluster, categories: ["api-extensions"], generation: true } as const;

/** The kinds this cluster serves. Everything else is "the server doesn't have a resource type". */
export const resources: readonly Resource[] = [
  resource("v1", "namespaces", "Namespace", {
    ...cluster,
    shortNames: ["ns"],
    subresources: ["status"],
    deletedAsCollection: false,
  }),
  resource("v1", "nodes", "Node", { ...cluster, shortNames: ["no"], subresources: ["status"] }),
  resource("v1", "pods", "Pod", {
    shortNames: ["po"],
    categories: ["all"],
    generation: true,
    subresources: ["status", "resize", "log", "eviction"],
  }),
  resource("v1", "events", "Event", { ...upserted, shortNames: ["ev"], storage: "events" }),
  resource("v1", "configmaps", "ConfigMap", { shortNames: ["cm"] }),
  resource("v1", "secrets", "Secret"),
  resource("v1", "services", "Service", {
    ...upserted,
    shortNames: ["svc"],
    categories: ["all"],
    subresources: ["status"],
  }),
  resource("v1", "serviceaccounts", "ServiceAccount", {
    shortNames: ["sa"],
    subresources: ["token"],
  }),
  resource("v1", "persistentvolumeclaims", "PersistentVolumeClaim", {
    shortNames: ["pvc"],
    subresources: ["status"],
  }),
  resource("v1", "persistentvolumes", "PersistentVolume", {
    ...cluster,
    shortNames: ["pv"],
    subresources: ["status"],
  }),
  resource("v1", "endpoints", "Endpoints", { ...upserted, shortNames: ["ep"] }),
  resource("v1", "replicationcontrollers", "ReplicationController", {
    ...workload,
    shortNames: ["rc"],
  }),
  resource("v1", "limitranges", "LimitRange", { ...upserted, shortNames: ["limits"] }),
  resource("v1", "resourcequotas", "ResourceQuota", {
    shortNames: ["quota"],
    subresources: ["status"],
  }),
  resource("apps/v1", "deployments", "Deployment", { ...workload, shortNames: ["deploy"] }),
  resource("apps/v1", "replicasets", "ReplicaSet", { ...workload, shortNames: ["rs"] }),
  resource("apps/v1", "statefulsets", "StatefulSet", { ...workload, shortNames: ["sts"] }),
  resource("apps/v1", "daemonsets", "DaemonSet", {
    ...workload,
    shortNames: ["ds"],
    subresources: ["status"],
  }),
  resource("apps/v1", "controllerrevisions", "ControllerRevision"),
  resource("batch/v1", "jobs", "Job", {
    categories: ["all"],
    generation: true,
    subresources: ["status"],
  }),
  resource("batch/v1", "cronjobs", "CronJob", {
    shortNames: ["cj"],
    categories: ["all"],
    generation: true,
    subresources: ["status"],
  }),
  resource("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    shortNames: ["hpa"],
    categories: ["all"],
    subresources: ["status"],
  }),
  resource("autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    shortNames: ["hpa"],
    categories: ["all"],
    subresources: ["status"],
  }),
  resource("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", {
    shortNames: ["pdb"],
    generation: true,
    subresources: ["status"],
  }),
  resource("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", { generation: true }),
  resource("networking.k8s.io/v1", "ingresses", "Ingress", {
    shortNames: ["ing"],
    generation: true,
    subresources: ["status"],
  }),
  resource("networking.k8s.io/v1", "ingressclasses", "IngressClass", {
    ...cluster,
    generation: true,
  }),
  resource("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", {
    shortNames: ["netpol"],
    generation: true,
  }),
  resource("storage.k8s.io/v1", "storageclasses", "StorageClass", {
    ...cluster,
    shortNames: ["sc"],
  }),
  resource("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", {
    ...cluster,
    generation: true,
    shortNames: ["pc"],
  }),
  resource("coordination.k8s.io/v1", "leases", "Lease", upserted),
  resource("events.k8s.io/v1", "events", "Event", {
    ...upserted,
    shortNames: ["ev"],
    storage: "events",
  }),
  resource("rbac.authorization.k8s.io/v1", "roles", "Role", upserted),
  resource("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", upserted),
  resource("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", {
    ...upserted,
    ...cluster,
  }),
  resource("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", {
    ...upserted,
    ...cluster,
  }),
  resource(
    "admissionregistration.k8s.io/v1",
    "mutatingwebhookconfigurations",
    "MutatingWebhookConfiguration",
    extension,
  ),
  resource(
    "admissionregistration.k8s.io/v1",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
    extension,
  ),
  resource(
    "admissionregistration.k8s.io/v1",
    "validatingadmissionpolicies",
    "ValidatingAdmissionPolicy",
    { ...extension, subresources: ["status"] },
  ),
  resource(
    "admissionregistration.k8s.io/v1",
    "validatingadmissionpolicybindings",
    "ValidatingAdmissionPolicyBinding",
    extension,
  ),
  resource("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", {
    ...extension,
    shortNames: ["crd", "crds"],
    subresources: ["status"],
  }),
  resource("eventing.knative.dev/v1", "brokers", "Broker", knative),
  resource("eventing.knative.dev/v1", "triggers", "Trigger", knative),
  resource("serving.knative.dev/v1", "services", "Service", {
    ...knative,
    shortNames: ["kservice", "ksvc"],
  }),
  resource("sources.knative.dev/v1", "pingsources", "PingSource", knative),
  resource("serving.knative.dev/v1", "configurations", "Configuration", {
    ...knative,
    shortNames: ["config", "cfg"],
  }),
  resource("serving.knative.dev/v1", "revisions", "Revision", { ...knative, shortNames: ["rev"] }),
  resource("sources.knative.dev/v1", "sinkbindings", "SinkBinding", knative),
  resource("sources.knative.dev/v1", "containersources", "ContainerSource", knative),
  resource("sources.knative.dev/v1", "apiserversources", "ApiServerSource", knative),
  resource("messaging.knative.dev/v1", "channels", "Channel", { ...knative, shortNames: ["ch"] }),
  resource("messaging.knative.dev/v1", "inmemorychannels", "InMemoryChannel", {
    ...knative,
    shortNames: ["imc"],
  }),
  resource("messaging.knative.dev/v1", "subscriptions", "Subscription", {
    ...knative,
    shortNames: ["sub"],
  }),
  resource("flows.knative.dev/v1", "sequences", "Sequence", knative),
  resource("flows.knative.dev/v1", "parallels", "Parallel", knative),
  resource("argoproj.io/v1alpha1", "rollouts", "Rollout", {
    ...custom,
    shortNames: ["ro"],
    subresources: ["status", "scale"],
  }),
  resource("keda.sh/v1alpha1", "scaledobjects", "ScaledObject", { ...custom, shortNames: ["so"] }),
  resource("autoscaling.k8s.io/v1", "verticalpodautoscalers", "VerticalPodAutoscaler", {
    ...custom,
    shortNames: ["vpa"],
  }),
];

const byPath = new Map(
  resources.map((entry) => [`${entry.group}/${entry.version}/${entry.plural}`, entry]),
);
const byKind = new Map(resources.map((entry) => [`${apiVersionOf(entry)}/${entry.kind}`, entry]));

export const findResource = (
  group: string,
  version: string,
  plural: string,
): Resource | undefined => byPath.get(`${group}/${version}/${plural}`);

/** The resource of an object's `apiVersion` and `kind`; undefined when it is not served. */
export const resourceOf = (object: unknown): Resource | undefined =>
  byKind.get(`${String(at(object, "apiVersion"))}/${String(at(object, "kind"))}`);

/** A kind the code itself relies on. */
export function knownResource(apiVersion: string, kind: string): Resource {
  const found = byKind.get(`${apiVersion}/${kind}`);
  if (found === undefined) throw new Error(`no resource ${apiVersion} ${kind}`);
  return found;
}

export const pods = knownResource("v1", "Pod");
export const nodes = knownResource("v1", "Node");
export const namespaces = knownResource("v1", "Namespace");
export const coreEvents = knownResource("v1", "Event");
export const serviceAccounts = knownResource("v1", "ServiceAccount");
export const persistentVolumeClaims = knownResource("v1", "PersistentVolumeClaim");
export const limitRanges = knownResource("v1", "LimitRange");
export const resourceQuotas = knownResource("v1", "ResourceQuota");
export const deployments = knownResource("apps/v1", "Deployment");
export const services = knownResource("v1", "Service");
export const endpoints = knownResource("v1", "Endpoints");
export const endpointSlices = knownResource("discovery.k8s.io/v1", "EndpointSlice");
export const persistentVolumes = knownResource("v1", "PersistentVolume");
export const controllerRevisions = knownResource("apps/v1", "ControllerRevision");
export const horizontalPodAutoscalers = knownResource("autoscaling/v2", "HorizontalPodAutoscaler");
export const customResourceDefinitions = knownResource(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
);
export const replicaSets = knownResource("apps/v1", "ReplicaSet");
export const statefulSets = knownResource("apps/v1", "StatefulSet");
export const daemonSets = knownResource("apps/v1", "DaemonSet");
export const podDisruptionBudgets = knownResource("policy/v1", "PodDisruptionBudget");
export const storageClasses = knownResource("storage.k8s.io/v1", "StorageClass");
export const priorityClasses = knownResource("scheduling.k8s.io/v1", "PriorityClass");
export const rollouts = knownResource("argoproj.io/v1alpha1", "Rollout");
export const knativeServices = knownResource("serving.knative.dev/v1", "Service");
export const knativeConfigurations = knownResource("serving.knative.dev/v1", "Configuration");
export const knativeRevisions = knownResource("serving.knative.dev/v1", "Revision");
