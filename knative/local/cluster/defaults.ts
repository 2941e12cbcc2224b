import { isRecord, own, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { normalResources, qosClassOf } from "./pod-resources.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { Resource } from "./resources.ts";
import { specSchemas } from "./workload-types.ts";
import type { ContainerSpec, Pod, PodSpecType, Workload } from "./workload-types.ts";

const withDefaults = (container: ContainerSpec): ContainerSpec => ({
  imagePullPolicy: /:[^/:]+$/.test(container.image ?? "") ? "IfNotPresent" : "Always",
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  ...container,
  resources: normalResources(container.resources, canonicalQuantity),
});

const canResizeInPlace = (container: ContainerSpec): ContainerSpec =>
  container.resizePolicy !== undefined || Object.keys(container.resources ?? {}).length === 0
    ? container
    : {
        ...container,
        resizePolicy: [
          { resourceName: "cpu", restartPolicy: "NotRequired" },
          { resourceName: "memory", restartPolicy: "NotRequired" },
        ],
      };

function defaultPodSpec(spec: PodSpecType): PodSpecType {
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...spec,
    containers: spec.containers.map(withDefaults),
    ...(spec.initContainers === undefined || spec.initContainers === null
      ? {}
      : { initContainers: spec.initContainers.map(withDefaults) }),
  };
}

const updateStrategyOf = (kind: "StatefulSet" | "DaemonSet") => ({
  type: "RollingUpdate",
  rollingUpdate: kind === "StatefulSet" ? { partition: 0 } : { maxSurge: 0, maxUnavailable: 1 },
});

/** Fills in what the real server's defaulting fills in, as far as a reader can notice. */
export function withDefaultsOf(object: KubeObject, resource: Resource): KubeObject {
  if (resource.storage === "pods.") {
    const pod = object as Pod;
    const spec = defaultPodSpec({
      serviceAccountName: "default",
      enableServiceLinks: true,
      preemptionPolicy: "PreemptLowerPriority",
      priority: 0,
      ...pod.spec,
    });
    const containers = spec.containers.map(canResizeInPlace);
    return {
      ...pod,
      spec: { ...spec, containers },
      status: { phase: "Pending", qosClass: qosClassOf(containers), ...pod.status },
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
      ...workload.spec,
    };
    const template = { ...spec.template, spec: defaultPodSpec(spec.template.spec) };
    return { ...workload, spec: { ...spec, template } };
  }
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
      ...spec,
      ...(listed === undefined ? {} : { ports: listed }),
    },
  };
}
