import { at, isRecord } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { horizontalPodAutoscalers } from "./resources.ts";
import type { Resource } from "./resource.ts";

/** Where version 1 keeps the metrics that it has no field for. */
const metricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics";

/** Whether an object is asked for, or written, in version 1. */
export const isShownAsVersion1 = ({ storage, version }: Resource): boolean =>
  storage === horizontalPodAutoscalers.storage && version === "v1";

/** The resource whose version objects are kept in; the others are converted on the way. */
export const storedAs = (resource: Resource): Resource =>
  isShownAsVersion1(resource) ? horizontalPodAutoscalers : resource;

/** What a caller has written, as it is kept. */
export function toStored(object: unknown, resource: Resource): unknown {
  if (!isShownAsVersion1(resource) || !isRecord(object)) return object;
  const { targetCPUUtilizationPercentage: percent, ...spec } = recordOf(object["spec"]);
  const metadata = recordOf(object["metadata"]);
  const { [metricsAnnotation]: others, ...annotations } = recordOf(metadata["annotations"]);
  const metrics = [
    ...metricsIn(others),
    ...(percent === undefined || percent === null
      ? []
      : [resourceMetric({ target: { type: "Utilization", averageUtilization: percent } })]),
  ];
  const status = recordOf(object["status"]);
  const { currentCPUUtilizationPercentage: current, ...counts } = status;
  return {
    ...object,
    apiVersion: "autoscaling/v2",
    metadata: {
      ...metadata,
      ...(others === undefined ? {} : { annotations }),
    },
    spec: { ...spec, ...(metrics.length === 0 ? {} : { metrics }) },
    ...(object["status"] === undefined
      ? {}
      : {
          status: {
            ...counts,
            ...(current === undefined
              ? {}
              : { currentMetrics: [resourceMetric({ current: { averageUtilization: current } })] }),
          },
        }),
  };
}

/** What is kept, as version 1 shows it: metrics that it has no field for are an annotation. */
export function toVersion1(object: KubeObject): KubeObject {
  const { metrics, behavior: _behavior, ...spec } = recordOf(object["spec"]);
  const { conditions: _conditions, currentMetrics, ...status } = recordOf(object["status"]);
  const all = listOf(metrics);
  const cpu = all.find(isCpuShare);
  const others = all.filter((metric) => metric !== cpu);
  const current = listOf(currentMetrics).find((metric) => at(metric, "resource", "name") === "cpu");
  const percent = at(cpu, "resource", "target", "averageUtilization");
  const found = at(current, "resource", "current", "averageUtilization");
  return {
    ...object,
    apiVersion: "autoscaling/v1",
    metadata: {
      ...object.metadata,
      ...(others.length === 0
        ? {}
        : {
            annotations: {
              ...object.metadata.annotations,
              [metricsAnnotation]: JSON.stringify(others),
            },
          }),
    },
    spec: {
      ...spec,
      ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }),
    },
    status: {
      currentReplicas: 0,
      desiredReplicas: 0,
      ...status,
      ...(found === undefined ? {} : { currentCPUUtilizationPercentage: found }),
    },
  };
}

const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const resourceMetric = (part: JsonRecord): JsonRecord => ({
  type: "Resource",
  resource: { name: "cpu", ...part },
});

const isCpuShare = (metric: unknown): boolean =>
  at(metric, "type") === "Resource" &&
  at(metric, "resource", "name") === "cpu" &&
  at(metric, "resource", "target", "averageUtilization") !== undefined;

/** @throws nothing: an annotation that cannot be read is dropped, as it is by the API server. */
function metricsIn(annotation: unknown): unknown[] {
  try {
    return typeof annotation === "string" ? listOf(JSON.parse(annotation)) : [];
  } catch {
    return [];
  }
}
