import { age, count, name, text, wide } from "./column.ts";
import type { Column } from "./column.ts";
import { listAt, numberAt, textAt } from "../table-cells.ts";
import { at } from "../kube-object.ts";
import { podRestarts, podStatusText } from "../pod-print.ts";
import type { Pod } from "../workload-types.ts";

const containers = (template: string): Column[] => [
  wide({
    name: "Containers",
    cell: (object) =>
      listAt(object, `${template}.containers`)
        .map((item) => textAt(item, "name"))
        .join(","),
  }),
  wide({
    name: "Images",
    cell: (object) =>
      listAt(object, `${template}.containers`)
        .map((item) => textAt(item, "image"))
        .join(","),
  }),
];

const selector = wide({
  name: "Selector",
  cell: (object) => {
    const labels = Object.entries(Object(at(object, "spec", "selector", "matchLabels") ?? {}));
    return labels.length === 0
      ? "<none>"
      : labels.map(([key, value]) => `${key}=${String(value)}`).join(",");
  },
});

const podColumns: Column[] = [
  name,
  {
    name: "Ready",
    cell: (object) => {
      const statuses = (object as Pod).status?.containerStatuses ?? [];
      return `${statuses.filter(({ ready }) => ready).length}/${(object as Pod).spec.containers.length}`;
    },
  },
  { name: "Status", cell: (object) => podStatusText(object as Pod) },
  { name: "Restarts", cell: (object, nowMs) => podRestarts(object as Pod, nowMs) },
  age,
  wide(text("IP", "status.podIP")),
  wide(text("Node", "spec.nodeName")),
  wide(text("Nominated Node", "status.nominatedNodeName")),
  wide({ name: "Readiness Gates", cell: () => "<none>" }),
];

const deploymentColumns: Column[] = [
  name,
  {
    name: "Ready",
    cell: (object) =>
      `${numberAt(object, "status.readyReplicas")}/${numberAt(object, "spec.replicas")}`,
  },
  count("Up-to-date", "status.updatedReplicas"),
  count("Available", "status.availableReplicas"),
  age,
  ...containers("spec.template.spec"),
  selector,
];

const replicaSetColumns: Column[] = [
  name,
  count("Desired", "spec.replicas"),
  count("Current", "status.replicas"),
  count("Ready", "status.readyReplicas"),
  age,
  ...containers("spec.template.spec"),
  selector,
];

const statefulSetColumns: Column[] = [
  name,
  {
    name: "Ready",
    cell: (object) =>
      `${numberAt(object, "status.readyReplicas")}/${numberAt(object, "spec.replicas")}`,
  },
  age,
  ...containers("spec.template.spec"),
];

const daemonSetColumns: Column[] = [
  name,
  count("Desired", "status.desiredNumberScheduled"),
  count("Current", "status.currentNumberScheduled"),
  count("Ready", "status.numberReady"),
  count("Up-to-date", "status.updatedNumberScheduled"),
  count("Available", "status.numberAvailable"),
  {
    name: "Node Selector",
    cell: (object) =>
      Object.entries(Object(at(object, "spec", "template", "spec", "nodeSelector") ?? {}))
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(",") || "<none>",
  },
  age,
  ...containers("spec.template.spec"),
  selector,
];

/** What runs, and what is about how much of it runs. */
export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  "pods.": podColumns,
  "deployments.apps": deploymentColumns,
  "replicasets.apps": replicaSetColumns,
  "statefulsets.apps": statefulSetColumns,
  "daemonsets.apps": daemonSetColumns,
  "horizontalpodautoscalers.autoscaling": [
    name,
    {
      name: "Reference",
      cell: (object) =>
        `${textAt(object, "spec.scaleTargetRef.kind")}/${textAt(object, "spec.scaleTargetRef.name")}`,
    },
    count("MinPods", "spec.minReplicas"),
    count("MaxPods", "spec.maxReplicas"),
    count("Replicas", "status.currentReplicas"),
    age,
  ],
  "poddisruptionbudgets.policy": [
    name,
    text("Min Available", "spec.minAvailable", "N/A"),
    text("Max Unavailable", "spec.maxUnavailable", "N/A"),
    count("Allowed Disruptions", "status.disruptionsAllowed"),
    age,
  ],
  "verticalpodautoscalers.autoscaling.k8s.io": [
    name,
    text("Mode", "spec.updatePolicy.updateMode", "Auto"),
    age,
  ],
  "cronjobs.batch": [
    name,
    text("Schedule", "spec.schedule"),
    text("Suspend", "spec.suspend", "False"),
    age,
  ],
};
