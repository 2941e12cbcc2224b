import { at, isRecord, own, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject, ObjectMeta } from "./kube-object.ts";
import { withDefaults } from "./custom/prune.ts";
import { kindDefaults } from "./kind-defaults.ts";
import { defaultPodSpec } from "./pod-defaults.ts";
import { qosClassOf } from "./pod-resources.ts";
import type { Resource } from "./resource.ts";
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
  if (resource.custom !== undefined) {
    return withDefaults(object, resource.custom.schema) as KubeObject;
  }
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
  if (resource.storage === "jobs.batch") return jobOf(object);
  if (resource.storage === "replicationcontrollers.") return replicationControllerOf(object);
  if (resource.storage === "cronjobs.batch") return cronJobOf(object);
  const plain = own(kindDefaults, resource.storage);
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

function jobOf(object: KubeObject): KubeObject {
  if (!isRecord(object["spec"])) return object;
  return { ...object, spec: jobSpecOf(object["spec"]), status: { ...Object(object["status"]) } };
}

function replicationControllerOf(object: KubeObject): KubeObject {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const labels = at(spec, "template", "metadata", "labels");
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, ...(isRecord(labels) ? { labels, ...metadata } : {}) } as ObjectMeta,
    spec: {
      replicas: 1,
      ...(labels === undefined ? {} : { selector: labels }),
      ...spec,
      template: jobTemplateOf(spec["template"]),
    },
    status: { replicas: 0, ...Object(object["status"]) },
  };
}

const jobSpecOf = (spec: JsonRecord): JsonRecord => ({
  backoffLimit: 6,
  completionMode: "NonIndexed",
  // More than one at a time, and nobody says how many: the first that succeeds ends it.
  ...(spec["parallelism"] === undefined ? { completions: 1 } : {}),
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
    status: { ...Object(object["status"]) },
  };
}

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

/** A target of 0 or "" is none: it is how protobuf, and Go's JSON, write one that is not set. */
const servicePort = ({ targetPort, ...port }: JsonRecord): JsonRecord => ({
  protocol: "TCP",
  ...port,
  targetPort: targetPort === 0 || targetPort === "" ? port["port"] : (targetPort ?? port["port"]),
});

function serviceOf(object: KubeObject): KubeObject {
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const status = { loadBalancer: {}, ...Object(object["status"]) };
  const { ports, type } = spec;
  const listed = Array.isArray(ports)
    ? ports.map((port: unknown) => (isRecord(port) ? servicePort(port) : port))
    : ports;
  const filled = { ...spec, ...(listed === undefined ? {} : { ports: listed }) };
  if (type === "ExternalName") {
    return { ...object, spec: { sessionAffinity: "None", ...filled }, status };
  }
  return {
    ...object,
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ...(type === "NodePort" || type === "LoadBalancer"
        ? { externalTrafficPolicy: "Cluster" }
        : {}),
      ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {}),
      ...filled,
    },
    status,
  };
}
