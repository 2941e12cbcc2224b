import { toTime } from "../clock.ts";
import type { KubeObject } from "../kube-object.ts";
import { nodes, pods } from "../resources.ts";
import { parseFilter } from "../selectors.ts";
import { notFound } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Usage } from "../usage.ts";
import type { Pod } from "../workload-types.ts";

/** The window metrics-server reports for; the load model answers for this moment. */
const window = "15s";
const apiVersion = "metrics.k8s.io/v1beta1";

const usageList = (cpuMillis: number, memoryBytes: number) => ({
  cpu: `${Math.round(cpuMillis * 1e6)}n`,
  memory: `${Math.ceil(memoryBytes / 1024)}Ki`,
});

/** Small use of the node itself, beside its pods, so that an empty node is not at zero. */
const nodeOwn = { cpuMillis: 60, memoryBytes: 350 * 2 ** 20 };

const metaOf = ({ metadata }: KubeObject, nowMs: number) => ({
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  creationTimestamp: toTime(nowMs),
  labels: metadata.labels ?? {},
});

function podMetrics(pod: Pod, usage: Usage, nowMs: number) {
  return {
    kind: "PodMetrics",
    apiVersion,
    metadata: metaOf(pod, nowMs),
    timestamp: toTime(nowMs),
    window,
    containers: pod.spec.containers.map(({ name }) => {
      const { cpuMillis, memoryBytes } = usage.of(pod, name);
      return { name, usage: usageList(cpuMillis, memoryBytes) };
    }),
  };
}

const isMeasured = (pod: Pod): boolean => pod.status?.phase === "Running";

export class MetricsApi {
  readonly #store: Store;
  readonly #usage: Usage;

  constructor(store: Store, usage: Usage) {
    this.#store = store;
    this.#usage = usage;
  }

  /** @throws StatusError 404 for a pod or node that has no metrics. */
  pod(namespace: string, name: string, nowMs: number) {
    const pod = this.#store.get(pods, namespace, name) as Pod | undefined;
    if (pod === undefined || !isMeasured(pod)) {
      throw notFound(
        { group: "metrics.k8s.io", plural: "podmetrics", kind: "PodMetrics" },
        `${namespace}/${name}`,
      );
    }
    return podMetrics(pod, this.#usage, nowMs);
  }

  pods(namespace: string | undefined, query: URLSearchParams, nowMs: number) {
    const filter = parseFilter(
      query.get("labelSelector") ?? "",
      query.get("fieldSelector") ?? "",
      pods,
    );
    const found = this.#store.objects(pods, namespace).filter(filter) as Pod[];
    return {
      kind: "PodMetricsList",
      apiVersion,
      metadata: {},
      items: found.filter(isMeasured).map((pod) => podMetrics(pod, this.#usage, nowMs)),
    };
  }

  node(name: string, nowMs: number) {
    const node = this.#store.get(nodes, undefined, name);
    if (node === undefined) {
      throw notFound({ group: "metrics.k8s.io", plural: "nodemetrics", kind: "NodeMetrics" }, name);
    }
    const all = this.#store.objects(pods) as Pod[];
    return this.#nodeMetrics(node, all, nowMs);
  }

  nodes(query: URLSearchParams, nowMs: number) {
    const filter = parseFilter(query.get("labelSelector") ?? "", "", nodes);
    const all = this.#store.objects(pods) as Pod[];
    return {
      kind: "NodeMetricsList",
      apiVersion,
      metadata: {},
      items: this.#store
        .objects(nodes)
        .filter(filter)
        .map((node) => this.#nodeMetrics(node, all, nowMs)),
    };
  }

  #nodeMetrics(node: KubeObject, all: Pod[], nowMs: number) {
    let { cpuMillis, memoryBytes } = nodeOwn;
    for (const pod of all) {
      if (pod.spec.nodeName !== node.metadata.name || !isMeasured(pod)) continue;
      for (const { name } of pod.spec.containers) {
        const used = this.#usage.of(pod, name);
        cpuMillis += used.cpuMillis;
        memoryBytes += used.memoryBytes;
      }
    }
    return {
      kind: "NodeMetrics",
      apiVersion,
      metadata: metaOf(node, nowMs),
      timestamp: toTime(nowMs),
      window,
      usage: usageList(cpuMillis, memoryBytes),
    };
  }
}
