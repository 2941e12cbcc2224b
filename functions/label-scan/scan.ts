import type { KubeClient } from "../../shared/kube/client.ts";
import { listMetadata, type ObjectMetadata } from "../../shared/kube/list.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import type { Counts, Labelled, Scope } from "./contract.ts";

/** What a scan reports while it runs. */
export type ScanOptions = { signal?: AbortSignal; onRestart?: () => void };

/** Collection of one kind: "api/v1" and "pods", "apis/apps/v1" and "replicasets". */
export type Collection = { group: string; plural: string };

export const PODS: Collection = { group: "api/v1", plural: "pods" };
const NODES: Collection = { group: "api/v1", plural: "nodes" };

/**
 * The metadata of a collection, page by page: of the whole cluster, or of some namespaces one
 * after the other.
 * @throws PermanentError INVALID_NAME for a namespace that is no name.
 */
export async function* listScoped(
  kube: KubeClient,
  { group, plural }: Collection,
  scope: Scope,
  options: ScanOptions = {},
): AsyncGenerator<readonly ObjectMetadata[]> {
  const paths =
    scope.namespaces.length === 0
      ? [`/${group}/${plural}`]
      : // Sorted and each once: the order that a list of the whole cluster has.
        [...new Set(scope.namespaces)]
          .toSorted()
          .map((namespace) => `/${group}/namespaces/${pathSegment(namespace)}/${plural}`);
  for (const path of paths) {
    yield* listMetadata(kube, {
      path,
      ...options,
      ...(scope.selector === undefined ? {} : { labelSelector: scope.selector }),
    });
  }
}

/** Pods of the scope, page by page. */
export function listPods(
  kube: KubeClient,
  scope: Scope,
  options?: ScanOptions,
): AsyncGenerator<readonly ObjectMetadata[]> {
  return listScoped(kube, PODS, scope, options);
}

/** All nodes, or those of a selector, page by page. */
export function listNodes(
  kube: KubeClient,
  options?: ScanOptions,
  selector?: string,
): AsyncGenerator<readonly ObjectMetadata[]> {
  const scope = { namespaces: [], ...(selector === undefined ? {} : { selector }) };
  return listScoped(kube, NODES, scope, options);
}

/**
 * Every pod of the scope with its labels, then the nodes unless the scope is narrower than the
 * cluster; or only what its kind says. Counts into `counts` as it goes.
 */
export async function* scanLabels(
  kube: KubeClient,
  scope: Scope,
  counts: Counts,
  options: ScanOptions,
): AsyncGenerator<readonly Labelled[]> {
  const { kind, selector } = scope;
  const namespaces = new Set<string | undefined>();
  if (kind !== "nodes") {
    for await (const page of listPods(kube, scope, options)) {
      counts.pods += page.length;
      for (const { namespace } of page) namespaces.add(namespace);
      counts.namespaces = namespaces.size;
      yield page.map((pod) => toLabelled("Pod", pod));
    }
  }
  const isNarrow = selector !== undefined || scope.namespaces.length > 0;
  if (kind === "pods" || (kind === undefined && isNarrow)) return;
  for await (const page of listNodes(kube, options, selector)) {
    counts.nodes += page.length;
    yield page.map((node) => toLabelled("Node", node));
  }
}

function toLabelled(
  kind: Labelled["kind"],
  { namespace = "", name, labels = {} }: ObjectMetadata,
): Labelled {
  return { kind, namespace, name, labels };
}
