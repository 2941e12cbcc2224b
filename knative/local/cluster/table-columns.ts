import { at } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { podRestarts, podStatusText } from "./pod-print.ts";
import type { Resource } from "./resources.ts";
import { ageOf, conditionOf, listAt, numberAt, textAt } from "./table-cells.ts";
import type { Pod } from "./workload-types.ts";

export type Column = {
  name: string;
  cell: (object: KubeObject, nowMs: number) => string | number;
  /** Only with `-o wide`. */
  wide?: boolean;
  type?: "integer" | "string";
};

const name: Column = { name: "Name", cell: ({ metadata }) => metadata.name };
const age: Column = {
  name: "Age",
  cell: ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs),
};

const text = (title: string, path: string, none = "<none>"): Column => ({
  name: title,
  cell: (object) => textAt(object, path, none),
});
const wide = (column: Column): Column => ({ ...column, wide: true });
const count = (title: string, path: string): Column => ({
  name: title,
  type: "integer",
  cell: (object) => numberAt(object, path),
});
const size = (title: string, field: string): Column => ({
  name: title,
  type: "integer",
  cell: (object) => Object.keys(Object(object[field] ?? {})).length,
});

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

const knativeReady: Column[] = [
  {
    name: "Ready",
    cell: (object) => textAt(conditionOf(object, "Ready"), "status", ""),
  },
  { name: "Reason", cell: (object) => textAt(conditionOf(object, "Ready"), "reason", "") },
];

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

const nodeColumns: Column[] = [
  name,
  {
    name: "Status",
    cell: (object) =>
      [
        at(conditionOf(object, "Ready"), "status") === "True" ? "Ready" : "NotReady",
        ...(at(object, "spec", "unschedulable") === true ? ["SchedulingDisabled"] : []),
      ].join(","),
  },
  {
    name: "Roles",
    cell: ({ metadata }) =>
      Object.keys(metadata.labels ?? {})
        .filter((key) => key.startsWith("node-role.kubernetes.io/"))
        .map((key) => key.slice("node-role.kubernetes.io/".length))
        .toSorted()
        .join(",") || "<none>",
  },
  age,
  text("Version", "status.nodeInfo.kubeletVersion"),
  wide({
    name: "Internal-IP",
    cell: (object) => textAt(listAt(object, "status.addresses")[0], "address"),
  }),
  wide({ name: "External-IP", cell: () => "<none>" }),
  wide(text("OS-Image", "status.nodeInfo.osImage")),
  wide(text("Kernel-Version", "status.nodeInfo.kernelVersion")),
  wide(text("Container-Runtime", "status.nodeInfo.containerRuntimeVersion")),
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

const eventColumns: Column[] = [
  {
    name: "Last Seen",
    cell: (object, nowMs) =>
      ageOf(object["lastTimestamp"] ?? object["eventTime"] ?? object["firstTimestamp"], nowMs),
  },
  text("Type", "type"),
  text("Reason", "reason"),
  {
    name: "Object",
    cell: (object) =>
      `${textAt(object, "involvedObject.kind", "").toLowerCase()}/${textAt(object, "involvedObject.name", "")}`,
  },
  wide(text("Subobject", "involvedObject.fieldPath", "")),
  wide({
    name: "Source",
    cell: (object) => textAt(object, "source.component", textAt(object, "reportingComponent", "")),
  }),
  { name: "Message", cell: (object) => textAt(object, "message", "").trim() },
  wide({
    name: "First Seen",
    cell: (object, nowMs) => ageOf(object["firstTimestamp"] ?? object["eventTime"], nowMs),
  }),
  wide(count("Count", "count")),
  wide(name),
];

const claimColumns: Column[] = [
  name,
  text("Status", "status.phase", ""),
  text("Volume", "spec.volumeName", ""),
  { name: "Capacity", cell: (object) => textAt(object, "status.capacity.storage", "") },
  {
    name: "Access Modes",
    cell: (object) =>
      listAt(object, "spec.accessModes")
        .map((mode) => String(mode).replace(/[a-z]/g, ""))
        .join(","),
  },
  text("StorageClass", "spec.storageClassName", ""),
  age,
];

const serviceColumns: Column[] = [
  name,
  text("Type", "spec.type", "ClusterIP"),
  text("Cluster-IP", "spec.clusterIP"),
  { name: "External-IP", cell: () => "<none>" },
  {
    name: "Port(s)",
    cell: (object) =>
      listAt(object, "spec.ports")
        .map((port) => `${textAt(port, "port")}/${textAt(port, "protocol", "TCP")}`)
        .join(",") || "<none>",
  },
  age,
];

const triggerColumns: Column[] = [
  name,
  text("Broker", "spec.broker", ""),
  {
    name: "Subscriber_URI",
    cell: (object) =>
      textAt(object, "status.subscriberUri", textAt(object, "spec.subscriber.ref.name", "")),
  },
  age,
  ...knativeReady,
];

const sinkUri = text("Sink", "status.sinkUri", "");
const sourceColumns: Column[] = [name, sinkUri, age, ...knativeReady];

const columnsByResource: Readonly<Record<string, Column[]>> = {
  "pods.": podColumns,
  "nodes.": nodeColumns,
  "namespaces.": [name, text("Status", "status.phase", ""), age],
  events: eventColumns,
  "configmaps.": [name, size("Data", "data"), age],
  "secrets.": [name, text("Type", "type", "Opaque"), size("Data", "data"), age],
  "services.": serviceColumns,
  "serviceaccounts.": [name, size("Secrets", "secrets"), age],
  "persistentvolumeclaims.": claimColumns,
  "limitranges.": [
    name,
    { name: "Created At", cell: ({ metadata }) => metadata.creationTimestamp ?? "" },
  ],
  "deployments.apps": deploymentColumns,
  "replicasets.apps": replicaSetColumns,
  "statefulsets.apps": statefulSetColumns,
  "daemonsets.apps": daemonSetColumns,
  "triggers.eventing.knative.dev": triggerColumns,
  "brokers.eventing.knative.dev": [
    name,
    text("URL", "status.address.url", ""),
    age,
    ...knativeReady,
  ],
  "services.serving.knative.dev": [
    name,
    text("URL", "status.url", ""),
    text("LatestCreated", "status.latestCreatedRevisionName", ""),
    text("LatestReady", "status.latestReadyRevisionName", ""),
    ...knativeReady,
  ],
  "pingsources.sources.knative.dev": [
    name,
    sinkUri,
    text("Schedule", "spec.schedule", ""),
    age,
    ...knativeReady,
  ],
  "sinkbindings.sources.knative.dev": sourceColumns,
  "containersources.sources.knative.dev": sourceColumns,
  "apiserversources.sources.knative.dev": sourceColumns,
  "clusterrolebindings.rbac.authorization.k8s.io": [
    name,
    {
      name: "Role",
      cell: (object) => `${textAt(object, "roleRef.kind")}/${textAt(object, "roleRef.name")}`,
    },
    age,
  ],
  "rolebindings.rbac.authorization.k8s.io": [
    name,
    {
      name: "Role",
      cell: (object) => `${textAt(object, "roleRef.kind")}/${textAt(object, "roleRef.name")}`,
    },
    age,
  ],
  "roles.rbac.authorization.k8s.io": [
    name,
    { name: "Created At", cell: ({ metadata }) => metadata.creationTimestamp ?? "" },
  ],
  "clusterroles.rbac.authorization.k8s.io": [
    name,
    { name: "Created At", cell: ({ metadata }) => metadata.creationTimestamp ?? "" },
  ],
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
  "storageclasses.storage.k8s.io": [
    name,
    text("Provisioner", "provisioner"),
    text("ReclaimPolicy", "reclaimPolicy", "Delete"),
    text("VolumeBindingMode", "volumeBindingMode", "Immediate"),
    {
      name: "AllowVolumeExpansion",
      cell: (object) => String(object["allowVolumeExpansion"] === true),
    },
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
  "leases.coordination.k8s.io": [name, text("Holder", "spec.holderIdentity", ""), age],
};

const plain: Column[] = [name, age];

/** The columns kubectl users know for a kind; name and age for the others. */
export const columnsOf = (resource: Resource): readonly Column[] =>
  columnsByResource[resource.storage] ?? plain;
