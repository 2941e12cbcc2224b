import { intentKey, readIntent } from "../../functions/resource-patch/intent.ts";
import type { Pod } from "../../functions/resource-patch/pod-facts.ts";
import { hasShares } from "../../functions/resource-patch/shares.ts";
import type { Owner } from "../../shared/events/load.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import { createRecent } from "../../shared/kube/recent.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import type { Container, SizedPod } from "./workload-sizes.ts";

const PAGE_SIZE = 500;
const RESOURCES: readonly Resource[] = ["cpu", "memory"];

/** Pods by the workload they belong to, as its `apiVersion kind namespace/name`. */
export type Workloads = Map<string, { owner: Owner; pods: SizedPod[] }>;

/**
 * All pods of the workloads of which a pod was resized by vigie: what each pod asks for now, and
 * what of it is a decision that was applied and still stands.
 * @throws KubeError when pods or their owners cannot be read.
 */
export async function readResized(kube: KubeClient, namespace: string | null): Promise<Workloads> {
  const recent = createRecent();
  const workloads: Workloads = new Map();
  for (const pod of await listPods(kube, namespace)) {
    const { owner } = await readWorkload(kube, pod.metadata, recent);
    const key = `${owner.apiVersion} ${owner.kind} ${owner.namespace}/${owner.name}`;
    const found = workloads.get(key) ?? { owner, pods: [] };
    workloads.set(key, found);
    found.pods.push(toSized(pod));
  }
  for (const [key, { pods }] of workloads) {
    if (pods.every(({ decided }) => decided.length === 0)) workloads.delete(key);
  }
  return workloads;
}

async function listPods(kube: KubeClient, namespace: string | null): Promise<Pod[]> {
  const pods: Pod[] = [];
  const path =
    namespace === null ? "/api/v1/pods" : `/api/v1/namespaces/${pathSegment(namespace)}/pods`;
  for (let next = ""; ;) {
    const { items, metadata } = await kube.request<{
      items: Pod[];
      metadata: { continue?: string };
    }>({
      method: "GET",
      path,
      query: { limit: String(PAGE_SIZE), ...(next === "" ? {} : { continue: next }) },
      pick: toBrief,
    });
    pods.push(...items.filter(isRunning));
    next = metadata.continue ?? "";
    if (next === "") return pods;
  }
}

function isRunning({ metadata, status }: Pod): boolean {
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  return metadata.deletionTimestamp === undefined && !hasEnded;
}

/** What is read of a pod; 4 of its 5 KB are none of it. */
function toBrief(item: unknown): Pod {
  const { metadata, spec, status } = item as Pod;
  const { name, namespace, uid, resourceVersion, annotations = {}, ownerReferences } = metadata;
  const kept = RESOURCES.map(intentKey).filter((key) => Object.hasOwn(annotations, key));
  const containers = (spec?.containers ?? []).map(({ name: each, resources }) => ({
    name: each,
    ...(resources === undefined ? {} : { resources }),
  }));
  const initContainers = (spec?.initContainers ?? [])
    .filter(({ restartPolicy }) => restartPolicy === "Always")
    .map(({ name: each, resources }) => ({
      name: each,
      ...(resources === undefined ? {} : { resources }),
    }));
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      annotations: Object.fromEntries(kept.map((key) => [key, annotations[key] ?? ""])),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(metadata.deletionTimestamp === undefined
        ? {}
        : { deletionTimestamp: metadata.deletionTimestamp }),
    },
    spec: { containers, initContainers },
    ...(status?.phase === undefined ? {} : { status: { phase: status.phase } }),
  };
}

function toSized({ metadata, spec }: Pod): SizedPod {
  const decided = RESOURCES.flatMap((resource) => {
    const intent = readIntent(metadata.annotations, resource);
    if (intent?.settled?.outcome !== "applied") return [];
    // Resized again since, by somebody else: no longer a decision of ours.
    if (!hasShares(spec, resource, intent.changes, "after")) return [];
    return intent.changes.map(({ container, kind }) => ({ resource, container, kind }));
  });
  const toContainer =
    (kind: Container["kind"]) =>
    ({ name, resources }: NonNullable<Pod["spec"]>["containers"][number]): Container => ({
      kind,
      name,
      requests: resources?.requests ?? {},
      limits: resources?.limits ?? {},
    });
  return {
    containers: [
      ...(spec?.containers ?? []).map(toContainer("container")),
      ...(spec?.initContainers ?? []).map(toContainer("sidecar")),
    ],
    decided,
  };
}
