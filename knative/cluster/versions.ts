/**
 * What the overlays were written for. Serving, Eventing: newest releases whose source was read;
 * Kubernetes: the first with in-place resize of memory downwards; chart: the newest that was read.
 */
export const VERSIONS = {
  kubernetes: "v1.35.0",
  serving: "knative-v1.23.0",
  eventing: "knative-v1.22.2",
  kubePrometheusStack: "88.5.3",
} as const;

/** In-place resize is on from here, and Knative 1.22 takes no older. */
export const LEAST_SERVER_MINOR = 34;
/** `kubectl --subresource resize` */
export const LEAST_KUBECTL_MINOR = 32;
/** The first that knows the apiVersion of our skaffold.yaml (its schemas' version mappings). */
export const LEAST_SKAFFOLD = { major: 2, minor: 15 } as const;
/** `deploy.kubeContext` of skaffold.yaml, and Minikube's profile. */
export const SKAFFOLD_CONTEXT = "vigie";
