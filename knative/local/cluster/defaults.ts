import { at, isRecord, own, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { defaultPodSpec } from "./pod-defaults.ts";
import { qosClassOf } from "./pod-resources.ts";
import type { Resource } from "./resources.ts";
import { specSchemas } from "./workload-types.ts";
import type { Pod, PodSpecType, PodTemplate, Workload } from "./workload-types.ts";

/** How long a pod stays on a node that is lost (the admission plugin DefaultTolerationSeconds). */
const lostNodeTolerations = ["not-ready", "unreachable"].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));

const tolerates = (toleration: unknown, key: string): boolean =>
  (at(toleration, "key") ?? key) === key &&
  (at(toleration, "effect") ?? "NoExecute") === "NoExecute";

function tolerationsOf(spec: PodSpecType): unknown[] {
  const own = Array.isArray(spec["tolerations"]) ? spec["tolerations"] : [];
  const missing = lostNodeTolerations.filter(
    ({ key }) => !own.some((toleration) => tolerates(toleration, key)),
  );
  return own.length === 0 ? lostNodeTolerations : [...own, ...missing];
}

const updateStrategyOf = (kind: "StatefulSet" | "DaemonSet") => ({
  type: "RollingUpdate",
  rollingUpdate: kind === "StatefulSet" ? { partition: 0 } : { maxSurge: 0, maxUnavailable: 1 },
});

const statefulDefaults = {
  persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  podManagementPolicy: "OrderedReady",
};

/** Fills in what the real server's defaulting fills in, as far as a reader can notice. */
export function withDefaultsOf(object: KubeObject, resource: Resource): KubeObject {
  if (resource.storage === "pods.") {
    const pod = object as Pod;
    const given = pod.spec["serviceAccountName"] ?? pod.spec["serviceAccount"];
    const account = typeof given === "string" && given !== "" ? given : "default";
    const spec = defaultPodSpec(
      {
        enableServiceLinks: true,
        preemptionPolicy: "PreemptLowerPriority",
        priority: 0,
        ...pod.spec,
        serviceAccountName: account,
        serviceAccount: account,
        tolerations: tolerationsOf(pod.spec),
      },
      true,
    );
    return {
      ...pod,
      spec,
      status: { phase: "Pending", qosClass: qosClassOf(spec.containers), ...pod.status },
    };
  }
  if (own(specSchemas, resource.storage) !== undefined) {
    const workload = object as Workload;
    const spec = {
      ...(resource.kind === "DaemonSet" ? {} : { replicas: 1 }),
      ...(resource.kind === "Deployment"
        ? {
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
            strategy: {
              type: "RollingUpdate",
              rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
            },
          }
        : {}),
      ...(resource.kind === "StatefulSet" || resource.kind === "DaemonSet"
        ? { revisionHistoryLimit: 10, updateStrategy: updateStrategyOf(resource.kind) }
        : {}),
      ...(resource.kind === "StatefulSet" ? statefulDefaults : {}),
      ...workload.spec,
    };
    return { ...workload, spec: { ...spec, template: defaultTemplate(spec.template) } };
  }
  if (resource.storage === "jobs.batch") {
    return isRecord(object["spec"]) ? { ...object, spec: jobSpecOf(object["spec"]) } : object;
  }
  if (resource.storage === "cronjobs.batch") return cronJobOf(object);
  const plain = own(plainDefaults, resource.storage);
  if (plain !== undefined) return plain(object);
  if (resource.kind === "Namespace") {
    return {
      ...object,
      metadata: {
        ...object.metadata,
        labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name },
      },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    };
  }
  if (resource.storage === "secrets.") return secretOf(object);
  if (resource.storage === "services.") return serviceOf(object);
  return object;
}

const defaultTemplate = (template: PodTemplate): PodTemplate => ({
  ...template,
  spec: defaultPodSpec(template.spec, false),
});

/** A job's template, where it is one: the admission of this cluster does not look into jobs. */
function jobTemplateOf(template: unknown): unknown {
  const containers = at(template, "spec", "containers");
  return Array.isArray(containers) && containers.every(isRecord)
    ? defaultTemplate(template as PodTemplate)
    : template;
}

const jobSpecOf = (spec: JsonRecord): JsonRecord => ({
  backoffLimit: 6,
  completionMode: "NonIndexed",
  completions: 1,
  manualSelector: false,
  parallelism: 1,
  podReplacementPolicy: "TerminatingOrFailed",
  suspend: false,
  ...spec,
  template: jobTemplateOf(spec["template"]),
});

function cronJobOf(object: KubeObject): KubeObject {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const jobTemplate = isRecord(spec["jobTemplate"]) ? spec["jobTemplate"] : {};
  const jobSpec = isRecord(jobTemplate["spec"]) ? jobTemplate["spec"] : {};
  return {
    ...object,
    spec: {
      concurrencyPolicy: "Allow",
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
      suspend: false,
      ...spec,
      jobTemplate: {
        metadata: {},
        ...jobTemplate,
        spec: { ...jobSpec, template: jobTemplateOf(jobSpec["template"]) },
      },
    },
  };
}

const inSpec =
  (defaults: JsonRecord) =>
  (object: KubeObject): KubeObject => ({
    ...object,
    spec: { ...defaults, ...Object(object["spec"] ?? {}) },
  });

const beside =
  (defaults: JsonRecord) =>
  (object: KubeObject): KubeObject => ({ ...defaults, ...object });

/** A range's default is its default request, where it names none; its largest is its default. */
function limitRangeOf(object: KubeObject): KubeObject {
  const limits = at(object, "spec", "limits");
  if (!Array.isArray(limits)) return object;
  const filled = limits.map((item: unknown) => {
    if (!isRecord(item) || item["type"] !== "Container") return item;
    const shown = {
      default: { ...Object(item["max"] ?? {}), ...Object(item["default"] ?? {}) },
      defaultRequest: {
        ...Object(item["min"] ?? {}),
        ...Object(item["max"] ?? {}),
        ...Object(item["default"] ?? {}),
        ...Object(item["defaultRequest"] ?? {}),
      },
    };
    const said = Object.entries(shown).filter(([, list]) => Object.keys(Object(list)).length > 0);
    return { ...item, ...Object.fromEntries(said) };
  });
  return { ...object, spec: { ...Object(object["spec"]), limits: filled } };
}

const plainDefaults: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  "limitranges.": limitRangeOf,
  "horizontalpodautoscalers.autoscaling": inSpec({ minReplicas: 1 }),
  "persistentvolumeclaims.": inSpec({ volumeMode: "Filesystem" }),
  "priorityclasses.scheduling.k8s.io": beside({ preemptionPolicy: "PreemptLowerPriority" }),
  "storageclasses.storage.k8s.io": beside({
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
  }),
};

/** `stringData` is for writing alone: it is kept as base64 in `data`. */
function secretOf({ stringData, ...object }: KubeObject): KubeObject {
  const texts = isRecord(stringData) ? Object.entries(stringData) : [];
  const encoded = texts.map(([key, text]) => [key, Buffer.from(textOf(text)).toString("base64")]);
  const data = { ...Object(object["data"] ?? {}), ...Object.fromEntries(encoded) };
  return {
    type: "Opaque",
    ...object,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
    ...(Object.keys(data).length === 0 ? {} : { data }),
  };
}

function serviceOf(object: KubeObject): KubeObject {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  if (spec["type"] === "ExternalName")
    return { ...object, spec: { sessionAffinity: "None", ...spec } };
  const { ports } = spec;
  const listed = Array.isArray(ports)
    ? ports.map((port: unknown) =>
        isRecord(port) ? { protocol: "TCP", targetPort: port["port"], ...port } : port,
      )
    : ports;
  return {
    ...object,
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...(spec["type"] === "NodePort" || spec["type"] === "LoadBalancer"
        ? { externalTrafficPolicy: "Cluster" }
        : {}),
      ...spec,
      ...(listed === undefined ? {} : { ports: listed }),
    },
  };
}
