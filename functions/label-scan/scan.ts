import type { KubeClient } from "../../shared/kube/client.ts";
import { listMetadata, listPicked, type ObjectMetadata } from "../../shared/kube/list.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import type { Counts, Labelled, Scope, Written } from "./contract.ts";

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
  collection: Collection,
  scope: Scope,
  options: ScanOptions = {},
): AsyncGenerator<readonly ObjectMetadata[]> {
  for (const one of listsOf(collection, scope, options)) yield* listMetadata(kube, one);
}

/** One list, or one for each namespace. */
function listsOf(
  { group, plural }: Collection,
  { namespaces, selector }: Scope,
  options: ScanOptions,
): readonly Parameters<typeof listMetadata>[1][] {
  const paths =
    namespaces.length === 0
      ? [`/${group}/${plural}`]
      : // Sorted and each once: the order that a list of the whole cluster has.
        [...new Set(namespaces)]
          .toSorted()
          .map((namespace) => `/${group}/namespaces/${pathSegment(namespace)}/${plural}`);
  return paths.map((path) => ({
    path,
    ...options,
    ...(selector === undefined ? {} : { labelSelector: selector }),
  }));
}

/** Pods of the scope, page by page. */
export function listPods(
  kube: KubeClient,
  scope: Scope,
  options?: ScanOptions,
): AsyncGenerator<readonly ObjectMetadata[]> {
  return listScoped(kube, PODS, scope, options);
}

/** All nodes, page by page. */
export function listNodes(
  kube: KubeClient,
  options?: ScanOptions,
): AsyncGenerator<readonly ObjectMetadata[]> {
  return listScoped(kube, NODES, { namespaces: [] }, options);
}

/**
 * Every pod of the scope as `write` has it, then the nodes unless the scope is narrower than the
 * cluster; or only what its kind says. Counts into `counts` as it goes. `write` is called as each
 * object arrives, so that its labels need not be kept.
 */
export async function* scanLabels(
  kube: KubeClient,
  { scope, write, counts }: { scope: Scope; write: (object: Labelled) => string; counts: Counts },
  options: ScanOptions,
): AsyncGenerator<readonly Written[]> {
  const { kind, selector } = scope;
  const namespaces = new Set<string>();
  const read = async function* (collection: Collection, of: Labelled["kind"], within: Scope) {
    for (const one of listsOf(collection, within, options)) {
      yield* listPicked(kube, one, ({ namespace = "", name, labels = {} }) => ({
        kind: of,
        namespace,
        text: write({ kind: of, namespace, name, labels }),
      }));
    }
  };
  if (kind !== "nodes") {
    for await (const page of read(PODS, "Pod", scope)) {
      counts.pods += page.length;
      for (const { namespace } of page) namespaces.add(namespace);
      counts.namespaces = namespaces.size;
      yield page;
    }
  }
  const isNarrow = selector !== undefined || scope.namespaces.length > 0;
  if (kind === "pods" || (kind === undefined && isNarrow)) return;
  const everywhere = { namespaces: [], ...(selector === undefined ? {} : { selector }) };
  for await (const page of read(NODES, "Node", everywhere)) {
    counts.nodes += page.length;
    yield page;
  }
}
