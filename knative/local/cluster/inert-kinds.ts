import { definitionWarnings } from "./custom/definition-rules.ts";
import { at } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { customResourceDefinitions } from "./resources.ts";
import type { Resource } from "./resource.ts";

/** Kinds that are kept and shown and that nothing here acts on: what a user would wait for. */
const missing: Readonly<Record<string, string>> = {
  "jobs.batch": "starts no pods for a Job",
  "cronjobs.batch": "starts no Jobs",
  "horizontalpodautoscalers.autoscaling": "does not scale by a HorizontalPodAutoscaler",
  "replicationcontrollers.": "starts no pods for a ReplicationController",
  "ingresses.networking.k8s.io": "routes no traffic by an Ingress",
  "networkpolicies.networking.k8s.io": "holds no traffic back by a NetworkPolicy",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": "calls no webhooks",
  "validatingwebhookconfigurations.admissionregistration.k8s.io": "calls no webhooks",
  "validatingadmissionpolicies.admissionregistration.k8s.io":
    "refuses nothing by a ValidatingAdmissionPolicy",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io":
    "refuses nothing by a ValidatingAdmissionPolicy",
  "scaledobjects.keda.sh": "does not scale by a ScaledObject",
  "verticalpodautoscalers.autoscaling.k8s.io": "resizes nothing for a VerticalPodAutoscaler",
};

/** Whether objects of a kind are kept and shown, and nothing more. */
export const isOnlyKept = ({ storage }: Resource): boolean => Object.hasOwn(missing, storage);

/**
 * What to tell who writes an object that will stay as it is, as kubectl prints it after `Warning:`;
 * nothing of what is acted on, and nothing when the spec is as it was `before`.
 */
export function warned(resource: Resource, object: KubeObject, before?: KubeObject): string[] {
  const { generation } = object.metadata;
  if (generation !== undefined && generation === before?.metadata.generation) return [];
  if (resource.storage === customResourceDefinitions.storage) return definitionWarnings(object);
  const what = missing[resource.storage];
  if (what !== undefined) {
    return [`the simulated cluster keeps this object, and ${what}`];
  }
  if (!isOfFolders(resource, object)) return [];
  return ["the simulated cluster keeps this object; npm run dev runs what is in the folders of -f"];
}

/** The same for who deletes one: what it stood for runs on. */
export function warnedOfRemoval(resource: Resource, object: KubeObject): string[] {
  if (!isOfFolders(resource, object)) return [];
  return ["npm run dev goes on with what is in the folders of -f: take it away there"];
}

function isOfFolders(resource: Resource, object: KubeObject): boolean {
  if (!resource.group.endsWith(".knative.dev")) return false;
  // Of such a one the cluster itself makes revisions and pods.
  return at(object.metadata.annotations, "scenario.vigie.dev/replicas") === undefined;
}
