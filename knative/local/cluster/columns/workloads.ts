import {
  age,
  containers,
  count,
  firstOf,
  labelsText,
  name,
  numeral,
  selector,
  selectorText,
  text,
  wide,
} from "./column.ts";
import type { Column } from "./column.ts";
import { ageOf, conditionOf, listAt, numberAt, textAt } from "../table-cells.ts";
import { at } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { podRestarts, podStatusText } from "../pod-print.ts";
import type { Pod } from "../workload-types.ts";

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
  numeral("Up-to-date", "status.updatedReplicas"),
  numeral("Available", "status.availableReplicas"),
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
    cell: (object) => labelsText(at(object, "spec", "template", "spec", "nodeSelector")),
  },
  age,
  ...containers("spec.template.spec"),
  selector,
];

const jobStates: readonly (readonly [condition: string, shown: string])[] = [
  ["Complete", "Complete"],
  ["Failed", "Failed"],
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
];

function jobState(object: KubeObject): string {
  const found = jobStates.find(([type]) => at(conditionOf(object, type), "status") === "True")?.[1];
  const isEnded = found === "Complete" || found === "Failed";
  if (!isEnded && object.metadata.deletionTimestamp !== undefined) return "Terminating";
  return found ?? "Running";
}

const jobColumns: Column[] = [
  name,
  { name: "Status", cell: jobState },
  {
    name: "Completions",
    cell: (object) => {
      const done = numberAt(object, "status.succeeded");
      const wanted = at(object, "spec", "completions");
      const parallelism = numberAt(object, "spec.parallelism");
      if (typeof wanted === "number") return `${done}/${wanted}`;
      return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
    },
  },
  {
    name: "Duration",
    cell: (object, nowMs) => {
      const start = textAt(object, "status.startTime", "");
      const end = Date.parse(textAt(object, "status.completionTime", ""));
      return start === "" ? "" : ageOf(start, Number.isNaN(end) ? nowMs : end);
    },
  },
  age,
  ...containers("spec.template.spec"),
  selector,
];

const cronJobColumns: Column[] = [
  name,
  text("Schedule", "spec.schedule"),
  text("Timezone", "spec.timeZone"),
  {
    name: "Suspend",
    type: "boolean",
    cell: (object) => (at(object, "spec", "suspend") === true ? "True" : "False"),
  },
  { name: "Active", type: "integer", cell: (object) => listAt(object, "status.active").length },
  {
    name: "Last Schedule",
    cell: (object, nowMs) => {
      const last = at(object, "status", "lastScheduleTime");
      return last === undefined ? "<none>" : ageOf(last, nowMs);
    },
  },
  age,
  ...containers("spec.jobTemplate.spec.template.spec"),
  wide({
    name: "Selector",
    cell: (object) => selectorText(at(object, "spec", "jobTemplate", "spec", "selector")),
  }),
];

function controllerOf({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return "<none>";
  const [group = "", version] = owner.apiVersion.split("/");
  return `${owner.kind.toLowerCase()}${version === undefined ? "" : `.${group}`}/${owner.name}`;
}

/** Metrics shown of an autoscaler. */
const mostMetrics = 2;

function metricsText(object: KubeObject): string {
  const current = listAt(object, "status.currentMetrics");
  const all = listAt(object, "spec.metrics").map((metric, index) =>
    metricText(metric, current[index]),
  );
  return all.length === 0 ? "<none>" : firstOf(all, mostMetrics, ", ");
}

const unknown = "<unknown>";

/** `cpu: <unknown>/80%` (`formatHPAMetrics`). */
function metricText(metric: unknown, current: unknown): string {
  const type = textAt(metric, "type", "");
  const field = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  const source = at(metric, field);
  const now = at(current, field, "current");
  const average = textAt(source, "target.averageValue", "");
  if (type === "Resource" || type === "ContainerResource") {
    const title = `${textAt(source, "name", "")}: `;
    if (average !== "") return `${title}${textAt(now, "averageValue", unknown)}/${average}`;
    const target = textAt(source, "target.averageUtilization", "");
    const found = textAt(now, "averageUtilization", "");
    return `${title}${found === "" ? unknown : `${found}%`}/${target === "" ? "<auto>" : `${target}%`}`;
  }
  if (type === "Pods") return `${textAt(now, "averageValue", unknown)}/${average}`;
  if (type !== "Object" && type !== "External") return "<unknown type>";
  return average === ""
    ? `${textAt(now, "value", unknown)}/${textAt(source, "target.value", "0")}`
    : `${textAt(now, "averageValue", unknown)}/${average} (avg)`;
}

/** What runs, and what is about how much of it runs. */
export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  "pods.": podColumns,
  "deployments.apps": deploymentColumns,
  "replicasets.apps": replicaSetColumns,
  "statefulsets.apps": statefulSetColumns,
  "daemonsets.apps": daemonSetColumns,
  "replicationcontrollers.": [
    ...replicaSetColumns.slice(0, -1),
    wide({ name: "Selector", cell: (object) => labelsText(at(object, "spec", "selector")) }),
  ],
  "jobs.batch": jobColumns,
  "cronjobs.batch": cronJobColumns,
  "controllerrevisions.apps": [
    name,
    { name: "Controller", cell: controllerOf },
    numeral("Revision", "revision"),
    age,
  ],
  "horizontalpodautoscalers.autoscaling": [
    name,
    {
      name: "Reference",
      cell: (object) =>
        `${textAt(object, "spec.scaleTargetRef.kind")}/${textAt(object, "spec.scaleTargetRef.name")}`,
    },
    { name: "Targets", cell: metricsText },
    text("MinPods", "spec.minReplicas", "<unset>"),
    numeral("MaxPods", "spec.maxReplicas"),
    numeral("Replicas", "status.currentReplicas"),
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
};
