import { at, isRecord } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";

type Defaults = (object: KubeObject) => KubeObject;

const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {});

const inSpec =
  (defaults: JsonRecord): Defaults =>
  (object) => ({ ...object, spec: { ...defaults, ...recordOf(object["spec"]) } });

const beside =
  (defaults: JsonRecord): Defaults =>
  (object) => ({ ...defaults, ...object });

const withStatus =
  (status: JsonRecord, ...others: Defaults[]): Defaults =>
  (object) => {
    const filled = others.reduce((current, add) => add(current), object);
    return { ...filled, status: { ...status, ...recordOf(object["status"]) } };
  };

/** Each record of a list, filled in; anything else as it is. */
const each = (list: unknown, fill: (item: JsonRecord) => unknown): unknown =>
  Array.isArray(list) ? list.map((item: unknown) => (isRecord(item) ? fill(item) : item)) : list;

/** A member that is there, changed. */
const changed = (record: JsonRecord, field: string, change: (value: unknown) => unknown) =>
  record[field] === undefined ? record : { ...record, [field]: change(record[field]) };

/** A range's default is its default request, where it names none; its largest is its default. */
function limitRangeOf(object: KubeObject): KubeObject {
  const limits = at(object, "spec", "limits");
  if (!Array.isArray(limits)) return object;
  const filled = limits.map((item: unknown) => {
    if (!isRecord(item) || item["type"] !== "Container") return item;
    const shown = {
      default: { ...recordOf(item["max"]), ...recordOf(item["default"]) },
      defaultRequest: {
        ...recordOf(item["min"]),
        ...recordOf(item["max"]),
        ...recordOf(item["default"]),
        ...recordOf(item["defaultRequest"]),
      },
    };
    const said = Object.entries(shown).filter(([, list]) => Object.keys(list).length > 0);
    return { ...item, ...Object.fromEntries(said) };
  });
  return { ...object, spec: { ...recordOf(object["spec"]), limits: filled } };
}

/** The API asks for 80 % of the CPU where nothing is asked for. */
const usualMetric = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
};

function autoscalerOf(object: KubeObject): KubeObject {
  const spec: JsonRecord = { minReplicas: 1, ...recordOf(object["spec"]) };
  const { metrics } = spec;
  const isAsked = Array.isArray(metrics) && metrics.length > 0;
  return { ...object, spec: isAsked ? spec : { ...spec, metrics: [usualMetric] } };
}

const inTcp = (port: JsonRecord): JsonRecord => ({ protocol: "TCP", ...port });

function networkPolicyOf(object: KubeObject): KubeObject {
  const spec = recordOf(object["spec"]);
  const rule = (given: JsonRecord) => changed(given, "ports", (ports) => each(ports, inTcp));
  const filled = ["ingress", "egress"].reduce(
    (current, field) => changed(current, field, (rules) => each(rules, rule)),
    spec,
  );
  const { egress } = spec;
  const types = Array.isArray(egress) && egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  return { ...object, spec: { policyTypes: types, ...filled } };
}

function endpointsOf(object: KubeObject): KubeObject {
  const subset = (given: JsonRecord) => changed(given, "ports", (ports) => each(ports, inTcp));
  return changed(object, "subsets", (subsets) => each(subsets, subset)) as KubeObject;
}

function sliceOf(object: KubeObject): KubeObject {
  return {
    ...object,
    endpoints: each(object["endpoints"], (endpoint) => ({ conditions: {}, ...endpoint })) ?? null,
    ports: each(object["ports"], (port) => ({ name: "", ...inTcp(port) })) ?? null,
  };
}

function volumeOf(object: KubeObject): KubeObject {
  const spec = changed(recordOf(object["spec"]), "hostPath", (path) => ({
    type: "",
    ...recordOf(path),
  }));
  return {
    ...object,
    spec: { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem", ...spec },
  };
}

const inAllScopes = (rules: unknown): unknown => each(rules, (rule) => ({ scope: "*", ...rule }));

const webhooksOf =
  (more: JsonRecord): Defaults =>
  (object) => ({
    ...object,
    webhooks: each(object["webhooks"], (webhook) => ({
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      ...more,
      ...changed(webhook, "rules", inAllScopes),
    })),
  });

const constraintsOf = (constraints: unknown): JsonRecord => ({
  matchPolicy: "Equivalent",
  namespaceSelector: {},
  objectSelector: {},
  ...changed(recordOf(constraints), "resourceRules", inAllScopes),
});

function policyOf(object: KubeObject): KubeObject {
  const spec = changed(recordOf(object["spec"]), "matchConstraints", constraintsOf);
  return { ...object, spec: { failurePolicy: "Fail", ...spec } };
}

function definitionOf(object: KubeObject): KubeObject {
  const spec = recordOf(object["spec"]);
  const names = recordOf(spec["names"]);
  const kind = typeof names["kind"] === "string" ? names["kind"] : "";
  return {
    ...object,
    spec: {
      conversion: { strategy: "None" },
      ...spec,
      names: { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names },
    },
  };
}

/** What the API fills in of kinds that no controller here acts on, or that are simple. */
export const kindDefaults: Readonly<Record<string, Defaults>> = {
  "customresourcedefinitions.apiextensions.k8s.io": definitionOf,
  "endpoints.": endpointsOf,
  "limitranges.": limitRangeOf,
  "resourcequotas.": withStatus({}),
  "horizontalpodautoscalers.autoscaling": withStatus(
    { currentMetrics: null, desiredReplicas: 0 },
    autoscalerOf,
  ),
  "poddisruptionbudgets.policy": withStatus({
    currentHealthy: 0,
    desiredHealthy: 0,
    disruptionsAllowed: 0,
    expectedPods: 0,
  }),
  "persistentvolumes.": withStatus({ phase: "Pending" }, volumeOf),
  "persistentvolumeclaims.": withStatus({ phase: "Pending" }, inSpec({ volumeMode: "Filesystem" })),
  "priorityclasses.scheduling.k8s.io": beside({ preemptionPolicy: "PreemptLowerPriority" }),
  "storageclasses.storage.k8s.io": beside({
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
  }),
  "ingresses.networking.k8s.io": withStatus({ loadBalancer: {} }),
  "networkpolicies.networking.k8s.io": networkPolicyOf,
  "endpointslices.discovery.k8s.io": sliceOf,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhooksOf({
    reinvocationPolicy: "Never",
  }),
  "validatingwebhookconfigurations.admissionregistration.k8s.io": webhooksOf({}),
  "validatingadmissionpolicies.admissionregistration.k8s.io": withStatus({}, policyOf),
};
