import { age, count, name, size, text, wide } from "./column.ts";
import type { Column } from "./column.ts";
import { ageOf, conditionOf, listAt, textAt } from "../table-cells.ts";
import { at, textOf } from "../kube-object.ts";

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
    cell: (object) => {
      const host = textAt(object, "source.host", textAt(object, "reportingInstance", ""));
      const component = textAt(
        object,
        "source.component",
        textAt(object, "reportingComponent", ""),
      );
      return `${component}${host === "" ? "" : `, ${host}`}`;
    },
  }),
  { name: "Message", cell: (object) => textAt(object, "message", "").trim() },
  wide({
    name: "First Seen",
    cell: (object, nowMs) => ageOf(object["firstTimestamp"] ?? object["eventTime"], nowMs),
  }),
  wide({
    name: "Count",
    cell: (object) => Number(at(object, "series", "count") ?? object["count"]) || 1,
  }),
  wide(name),
];

/** RBAC's subjects of one kind (`rbac.SubjectsStrings`). */
const subjects = (title: string, kind: string): Column =>
  wide({
    name: title,
    cell: (object) =>
      listAt(object, "subjects")
        .filter((subject) => at(subject, "kind") === kind)
        .map((subject) => {
          const namespace = textAt(subject, "namespace", "");
          return `${namespace === "" ? "" : `${namespace}/`}${textAt(subject, "name", "")}`;
        })
        .join(", "),
  });

const bindingColumns: Column[] = [
  name,
  {
    name: "Role",
    cell: (object) => `${textAt(object, "roleRef.kind")}/${textAt(object, "roleRef.name")}`,
  },
  age,
  subjects("Users", "User"),
  subjects("Groups", "Group"),
  subjects("ServiceAccounts", "ServiceAccount"),
];

const createdAt: Column = {
  name: "Created At",
  type: "date",
  cell: ({ metadata }) => metadata.creationTimestamp ?? "",
};

/** What a quota has given out of what, of the resources that are limits or of the others. */
const quotaPart = (title: string, isLimits: boolean): Column => ({
  name: title,
  cell: (object) => {
    const [hard, used] = [at(object, "status", "hard"), at(object, "status", "used")];
    return Object.entries(Object(hard ?? {}))
      .filter(([resource]) => resource.startsWith("limits.") === isLimits)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(
        ([resource, most]) => `${resource}: ${textOf(at(used, resource)) || "0"}/${textOf(most)}`,
      )
      .join(", ");
  },
});

const webhooks: Column = {
  name: "Webhooks",
  type: "integer",
  cell: (object) => listAt(object, "webhooks").length,
};

/** Everything else that a cluster has. */
export const clusterColumns: Readonly<Record<string, readonly Column[]>> = {
  "nodes.": nodeColumns,
  "namespaces.": [name, text("Status", "status.phase", ""), age],
  events: eventColumns,
  "configmaps.": [name, size("Data", "data", "binaryData"), age],
  "secrets.": [name, text("Type", "type", "Opaque"), size("Data", "data"), age],
  "serviceaccounts.": [name, age],
  "limitranges.": [name, createdAt],
  "resourcequotas.": [name, quotaPart("Request", false), quotaPart("Limit", true), age],
  "priorityclasses.scheduling.k8s.io": [
    name,
    count("Value", "value"),
    {
      name: "Global-Default",
      type: "boolean",
      cell: (object) => object["globalDefault"] === true,
    },
    age,
    text("PreemptionPolicy", "preemptionPolicy", ""),
  ],
  "clusterrolebindings.rbac.authorization.k8s.io": bindingColumns,
  "rolebindings.rbac.authorization.k8s.io": bindingColumns,
  "customresourcedefinitions.apiextensions.k8s.io": [name, createdAt],
  "roles.rbac.authorization.k8s.io": [name, createdAt],
  "clusterroles.rbac.authorization.k8s.io": [name, createdAt],
  "leases.coordination.k8s.io": [name, text("Holder", "spec.holderIdentity", ""), age],
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": [name, webhooks, age],
  "validatingwebhookconfigurations.admissionregistration.k8s.io": [name, webhooks, age],
  "validatingadmissionpolicies.admissionregistration.k8s.io": [
    name,
    {
      name: "Validations",
      type: "integer",
      cell: (object) => listAt(object, "spec.validations").length,
    },
    {
      name: "ParamKind",
      cell: (object) => {
        const kind = at(object, "spec", "paramKind");
        return kind === undefined
          ? "<unset>"
          : `${textAt(kind, "apiVersion")}/${textAt(kind, "kind")}`;
      },
    },
    age,
  ],
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": [
    name,
    text("PolicyName", "spec.policyName", ""),
    {
      name: "ParamRef",
      cell: (object) => {
        const found = textAt(object, "spec.paramRef.name", "");
        const namespace = textAt(object, "spec.paramRef.namespace", "*");
        return found === "" ? "<unset>" : `${namespace}/${found}`;
      },
    },
    age,
  ],
};
