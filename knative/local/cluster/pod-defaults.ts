import { at, isRecord } from "./kube-object.ts";
import type { JsonRecord } from "./kube-object.ts";
import { normalResources } from "./pod-resources.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { ContainerSpec, PodSpecType } from "./workload-types.ts";

/** Files of a ConfigMap, Secret or projection: rw-r--r--. */
const FILE_MODE = 0o644;

const probeDefaults = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

function probed(probe: unknown): unknown {
  if (!isRecord(probe)) return probe;
  const { httpGet } = probe;
  return {
    ...probeDefaults,
    ...probe,
    ...(isRecord(httpGet) ? { httpGet: { path: "/", scheme: "HTTP", ...httpGet } } : {}),
  };
}

function withVersion(entry: unknown): unknown {
  const fieldRef = at(entry, "valueFrom", "fieldRef");
  if (!isRecord(entry) || !isRecord(fieldRef)) return entry;
  return {
    ...entry,
    valueFrom: { ...Object(entry["valueFrom"]), fieldRef: { apiVersion: "v1", ...fieldRef } },
  };
}

/** What is there, changed; what is not, left out. */
const mapped = (
  record: JsonRecord,
  fields: readonly string[],
  change: (value: unknown) => unknown,
): JsonRecord =>
  Object.fromEntries(
    fields.flatMap((field) =>
      isRecord(record[field]) || Array.isArray(record[field])
        ? [[field, change(record[field])]]
        : [],
    ),
  );

const eachOf =
  (change: (item: unknown) => unknown) =>
  (list: unknown): unknown =>
    Array.isArray(list) ? list.map((item: unknown) => change(item)) : list;

const withProtocol = (port: unknown): unknown =>
  isRecord(port) ? { protocol: "TCP", ...port } : port;

/** No tag and `latest` may be another image tomorrow. */
function pullPolicyOf(image: string): string {
  if (image.includes("@")) return "IfNotPresent";
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultContainer(container: ContainerSpec, isOfPod: boolean): ContainerSpec {
  return {
    imagePullPolicy: pullPolicyOf(container.image ?? ""),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...container,
    ...mapped(container, ["ports"], eachOf(withProtocol)),
    ...mapped(container, ["env"], eachOf(withVersion)),
    ...mapped(container, ["livenessProbe", "readinessProbe", "startupProbe"], probed),
    // Only a pod's own limits are its requests where it has none: a template's stay as they are.
    resources: normalResources(container.resources, canonicalQuantity, isOfPod),
  };
}

const withMode = (volume: unknown): unknown =>
  isRecord(volume)
    ? {
        ...volume,
        ...mapped(volume, ["configMap", "secret", "downwardAPI", "projected"], (source) =>
          isRecord(source) ? { defaultMode: FILE_MODE, ...source } : source,
        ),
      }
    : volume;

/** What the API server fills into the spec of a pod or of a template (`pkg/apis/core/v1/defaults.go`). */
export function defaultPodSpec(spec: PodSpecType, isOfPod: boolean): PodSpecType {
  const fill = (container: ContainerSpec): ContainerSpec => defaultContainer(container, isOfPod);
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...spec,
    ...mapped(spec, ["volumes"], eachOf(withMode)),
    containers: spec.containers.map(fill),
    ...(spec.initContainers === undefined || spec.initContainers === null
      ? {}
      : { initContainers: spec.initContainers.map(fill) }),
  };
}
