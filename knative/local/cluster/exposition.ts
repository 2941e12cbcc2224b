import { labelSeries } from "./label-series.ts";
import { nodes, pods } from "./resources.ts";
import { parseQuantity } from "./quantity.ts";
import type { Store } from "./store.ts";
import type { Usage } from "./usage.ts";
import type { Node, Pod, ResourceList } from "./workload-types.ts";

type Labels = Record<string, string>;

const escape = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

/** Families in the Prometheus text format, each with its HELP and TYPE once. */
class Exposition {
  readonly #families = new Map<string, string[]>();

  family(
    name: string,
    type: "counter" | "gauge",
    help: string,
  ): (labels: Labels, value: number) => void {
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
    this.#families.set(name, lines);
    return (labels, value) => {
      const text = Object.entries(labels)
        .map(([key, label]) => `${key}="${escape(label)}"`)
        .join(",");
      lines.push(`${name}{${text}} ${value}`);
    };
  }

  toString(): string {
    return `${[...this.#families.values()].flat().join("\n")}\n`;
  }
}

const units: Readonly<Record<string, string>> = { cpu: "core", memory: "byte", pods: "integer" };

function eachResource(
  list: ResourceList | undefined,
  emit: (resource: string, unit: string, value: number) => void,
): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const value = parseQuantity(text);
    if (value !== null) {
      emit(name.replaceAll(/[^a-zA-Z0-9_]/g, "_"), units[name] ?? "byte", value);
    }
  }
}

/**
 * What cAdvisor and kube-state-metrics would say, on one page: their names, labels and units.
 * Pods that are not running have no cAdvisor series.
 */
export function exposition(store: Store, usage: Usage): string {
  const page = new Exposition();
  const cpu = page.family(
    "container_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed in seconds.",
  );
  const memory = page.family(
    "container_memory_working_set_bytes",
    "gauge",
    "Current working set in bytes.",
  );
  const periods = page.family(
    "container_cpu_cfs_periods_total",
    "counter",
    "Number of elapsed enforcement period intervals.",
  );
  const throttled = page.family(
    "container_cpu_cfs_throttled_periods_total",
    "counter",
    "Number of throttled period intervals.",
  );
  const throttledSeconds = page.family(
    "container_cpu_cfs_throttled_seconds_total",
    "counter",
    "Total time duration the container has been throttled.",
  );
  const info = page.family("kube_pod_info", "gauge", "Information about pod.");
  const podLabels = page.family(
    "kube_pod_labels",
    "gauge",
    "Kubernetes labels converted to Prometheus labels.",
  );
  const phase = page.family("kube_pod_status_phase", "gauge", "The pods current phase.");
  const restarts = page.family(
    "kube_pod_container_status_restarts_total",
    "counter",
    "The number of container restarts per container.",
  );
  const limits = page.family(
    "kube_pod_container_resource_limits",
    "gauge",
    "The number of requested limit resource by a container.",
  );
  const requests = page.family(
    "kube_pod_container_resource_requests",
    "gauge",
    "The number of requested request resource by a container.",
  );
  const nodeAllocatable = page.family(
    "kube_node_status_allocatable",
    "gauge",
    "The allocatable for different resources of a node.",
  );
  const nodeInfo = page.family("kube_node_info", "gauge", "Information about a cluster node.");

  for (const pod of store.objects(pods) as Pod[]) {
    const { namespace = "", name, uid = "", labels, ownerReferences } = pod.metadata;
    const identity = { namespace, pod: name, uid };
    const node = pod.spec.nodeName ?? "";
    const owner = ownerReferences?.find(({ controller }) => controller === true);
    info(
      {
        ...identity,
        node,
        host_ip: pod.status?.hostIP ?? "",
        pod_ip: pod.status?.podIP ?? "",
        created_by_kind: owner?.kind ?? "",
        created_by_name: owner?.name ?? "",
      },
      1,
    );
    podLabels(
      {
        ...identity,
        ...labelSeries(labels ?? {}),
      },
      1,
    );
    phase({ ...identity, phase: pod.status?.phase ?? "Pending" }, 1);
    for (const container of pod.spec.containers) {
      const where = { ...identity, container: container.name, node };
      eachResource(container.resources?.limits, (resource, unit, value) => {
        limits({ ...where, resource, unit }, value);
      });
      eachResource(container.resources?.requests, (resource, unit, value) => {
        requests({ ...where, resource, unit }, value);
      });
      const status = pod.status?.containerStatuses?.find((entry) => entry.name === container.name);
      if (status === undefined) continue;
      restarts({ ...identity, container: container.name }, status.restartCount);
      if (status.state.running === undefined) continue;
      const used = usage.of(pod, container.name);
      const series = {
        namespace,
        pod: name,
        container: container.name,
        node,
        image: status.image,
        id: `/kubepods/pod${uid}/${container.name}`,
        name: container.name,
      };
      cpu({ ...series, cpu: "total" }, used.cpuSecondsTotal);
      memory(series, used.memoryBytes);
      if (status.resources?.limits?.["cpu"] === undefined) continue;
      periods(series, Math.floor(used.periodsTotal));
      throttled(series, Math.floor(used.throttledPeriodsTotal));
      throttledSeconds(series, used.throttledSecondsTotal);
    }
  }
  for (const node of store.objects(nodes) as Node[]) {
    const { name } = node.metadata;
    nodeInfo({ node: name, kubelet_version: "v1.35.0" }, 1);
    eachResource(node.status?.allocatable, (resource, unit, value) => {
      nodeAllocatable({ node: name, resource, unit }, value);
    });
  }
  return page.toString();
}
