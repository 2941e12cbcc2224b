import type { Owner } from "../events/load.ts";
import type { KubeClient } from "./client.ts";
import { KubeError } from "./error.ts";
import { pathSegment } from "./path.ts";
import type { Recent } from "./recent.ts";

type Labels = Readonly<Record<string, string>>;

type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
};

/** What the chain of owners follows. */
export type OwnerMetadata = {
  uid?: string;
  labels?: Record<string, string>;
  ownerReferences?: readonly OwnerReference[];
};

/** A workload and its labels; none when we cannot read its kind, or it has gone. */
export type Workload = { owner: Owner; labels: Labels };

/** Where the owners of pods are found. Other kinds end the chain: they are named, not read. */
const PATHS: ReadonlyMap<string, string> = new Map([
  ["apps/v1 ReplicaSet", "replicasets"],
  ["apps/v1 Deployment", "deployments"],
  ["apps/v1 StatefulSet", "statefulsets"],
  ["apps/v1 DaemonSet", "daemonsets"],
  ["batch/v1 Job", "jobs"],
  ["batch/v1 CronJob", "cronjobs"],
  ["argoproj.io/v1alpha1 Rollout", "rollouts"],
  ["serving.knative.dev/v1 Revision", "revisions"],
  ["serving.knative.dev/v1 Configuration", "configurations"],
  ["serving.knative.dev/v1 Service", "services"],
]);

/** ReplicaSet, Deployment, Revision, Configuration, Knative Service. A ring must end, too. */
const MAX_LINKS = 5;

const ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json";

/**
 * Follows the controllers of a pod to the workload at the end: Deployment, StatefulSet, DaemonSet,
 * CronJob, Argo Rollout, Knative Service, a Job or ReplicaSet of nobody, a kind we do not know, or the
 * bare pod itself. Owners are read once for all pods that ask within a moment; `known` may have one
 * that is read already (null: it has not), and is believed when the uid is that of the reference.
 * @throws KubeError when an owner cannot be read (but 404 ends the chain there).
 */
export async function readWorkload(
  kube: KubeClient,
  pod: {
    namespace: string;
    name: string;
    labels?: Labels;
    ownerReferences?: readonly OwnerReference[];
  },
  recent: Recent,
  known: (owner: Owner) => Promise<OwnerMetadata | null> = () => Promise.resolve(null),
): Promise<Workload> {
  const { namespace, name } = pod;
  let workload: Workload = {
    owner: { apiVersion: "v1", kind: "Pod", namespace, name },
    labels: pod.labels ?? {},
  };
  let next = controllerOf(pod.ownerReferences);
  for (let link = 0; link < MAX_LINKS && next !== undefined; link += 1) {
    const { apiVersion, kind, name: ownerName, uid } = next;
    const owner = { apiVersion, kind, namespace, name: ownerName };
    const found = await known(owner);
    const metadata = found?.uid === uid ? found : await readOwner(kube, namespace, next, recent);
    workload = { owner, labels: metadata?.labels ?? {} };
    next = controllerOf(metadata?.ownerReferences);
  }
  return workload;
}

/** null for a kind we do not read, and for an owner that has gone or was replaced. */
async function readOwner(
  kube: KubeClient,
  namespace: string,
  { apiVersion, kind, name, uid }: OwnerReference,
  recent: Recent,
): Promise<OwnerMetadata | null> {
  const plural = PATHS.get(`${apiVersion} ${kind}`);
  if (plural === undefined) return null;
  const path = `/apis/${apiVersion}/namespaces/${pathSegment(namespace)}/${plural}/${pathSegment(name)}`;
  // The uid belongs to the key: an owner made anew under its name is another one.
  return await recent.read(`${path} ${uid}`, async () => {
    try {
      const { metadata } = await kube.request<{ metadata: OwnerMetadata }>({
        method: "GET",
        path,
        accept: ACCEPT,
      });
      const { labels = {}, ownerReferences = [] } = metadata;
      return metadata.uid === uid ? { labels, ownerReferences } : null;
    } catch (error) {
      if (error instanceof KubeError && error.httpStatus === 404) return null;
      throw error;
    }
  });
}

function controllerOf(
  references: readonly OwnerReference[] | undefined,
): OwnerReference | undefined {
  return references?.find(({ controller }) => controller === true);
}
