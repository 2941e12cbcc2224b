import { age, count, name, size, text, wide } from "./column.ts";
import type { Column } from "./column.ts";
import { ageOf, conditionOf, listAt, textAt } from "../table-cells.ts";
import { at } from "../kube-object.ts";

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

/** Everything else that a cluster has. */
export const clusterColumns: Readonly<Record<string, readonly Column[]>> = {
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
  "leases.coordination.k8s.io": [name, text("Holder", "spec.holderIdentity", ""), age],
};
