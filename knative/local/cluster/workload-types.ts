import { z } from "zod";
import type { KubeObject } from "./kube-object.ts";

/** Quantities come as text, or as a plain number in JSON. */
const ResourceList = z.record(z.string(), z.union([z.string().max(64), z.number()]));
export type ResourceList = Record<string, string | number>;

const Resources = z.looseObject({
  requests: ResourceList.nullish(),
  limits: ResourceList.nullish(),
});

const Container = z.looseObject({
  name: z.string().min(1).max(63),
  image: z.string().optional(),
  resources: Resources.nullish(),
  restartPolicy: z.string().optional(),
  resizePolicy: z
    .array(z.looseObject({ resourceName: z.string(), restartPolicy: z.string() }))
    .nullish(),
});

const PodSpec = z.looseObject({
  containers: z.array(Container).min(1).max(200),
  initContainers: z.array(Container).max(200).nullish(),
  nodeName: z.string().optional(),
  nodeSelector: z.record(z.string(), z.string()).nullish(),
  restartPolicy: z.string().optional(),
  terminationGracePeriodSeconds: z.number().min(0).nullish(),
});

const Template = z.looseObject({
  metadata: z
    .looseObject({
      labels: z.record(z.string(), z.string()).nullish(),
      annotations: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  spec: PodSpec,
});

const Selector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z.array(z.looseObject({ key: z.string(), operator: z.string() })).nullish(),
});

const ReplicatedSpec = z.looseObject({
  replicas: z.number().int().min(0).max(100_000).nullish(),
  selector: Selector,
  template: Template,
});

/** The part of each kind that the controllers read; an object that does not fit is refused. */
export const specSchemas: Readonly<Record<string, z.ZodType>> = {
  "pods.": PodSpec,
  "deployments.apps": ReplicatedSpec,
  "replicasets.apps": ReplicatedSpec,
  "statefulsets.apps": ReplicatedSpec,
  "daemonsets.apps": ReplicatedSpec.omit({ replicas: true }),
};

export type ContainerResources = { requests?: ResourceList; limits?: ResourceList };

export type ContainerSpec = {
  name: string;
  image?: string;
  resources?: ContainerResources;
  restartPolicy?: string;
  resizePolicy?: { resourceName: string; restartPolicy: string }[];
  [field: string]: unknown;
};

type ContainerState = {
  running?: { startedAt: string };
  waiting?: { reason: string; message?: string };
  terminated?: {
    reason: string;
    exitCode: number;
    startedAt: string;
    finishedAt: string;
    containerID?: string;
  };
};

export type ContainerStatus = {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState;
  allocatedResources?: ResourceList;
  resources?: ContainerResources;
};

export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
};

export type PodStatus = {
  phase?: string;
  conditions?: Condition[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
  observedGeneration?: number;
  qosClass?: string;
  podIP?: string;
  hostIP?: string;
  startTime?: string;
  reason?: string;
  message?: string;
  [field: string]: unknown;
};

export type PodSpecType = {
  containers: ContainerSpec[];
  initContainers?: ContainerSpec[];
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  terminationGracePeriodSeconds?: number;
  [field: string]: unknown;
};

export type Pod = KubeObject & { spec: PodSpecType; status?: PodStatus };

export type PodTemplate = {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpecType;
};

/** Deployment, ReplicaSet, StatefulSet, DaemonSet: a template and how many of it. */
export type Workload = KubeObject & {
  spec: {
    replicas?: number;
    selector: unknown;
    template: PodTemplate;
    [field: string]: unknown;
  };
  status?: { [field: string]: unknown };
};

export type Node = KubeObject & {
  spec?: { unschedulable?: boolean; [field: string]: unknown };
  status?: {
    allocatable?: ResourceList;
    capacity?: ResourceList;
    conditions?: Condition[];
    [field: string]: unknown;
  };
};
