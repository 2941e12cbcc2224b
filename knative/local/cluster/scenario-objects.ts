import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { loadAnnotation } from "./load.ts";
import { formatCpuMillis, formatMemoryBytes } from "../../../shared/quantity.ts";
import { parseCpuMillis, parseMemoryBytes } from "./quantity.ts";
import type { Scenario, ScenarioNode, ScenarioWorkload } from "./scenario.ts";
import { toTime } from "./clock.ts";
import { resizeAnnotation } from "./node-resize.ts";

/** What Minikube's nodes keep for themselves. */
const reservedCpuMillis = 100;
const reservedMemoryBytes = 256 * 2 ** 20;

/** Conditions of a healthy node, in the order `kubectl describe node` knows them. */
const nodeConditions = [
  [
    "MemoryPressure",
    "False",
    "KubeletHasSufficientMemory",
    "kubelet has sufficient memory available",
  ],
  ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  ["Ready", "True", "KubeletReady", "kubelet is posting ready status"],
] as const;

function nodeObject(
  node: ScenarioNode,
  index: number,
  startMs: number,
  kubernetesVersion: string,
): KubeObject {
  const { name } = node;
  const memory = node.memory;
  const allocatable = {
    cpu:
      node.allocatableCpu ?? formatCpuMillis((parseCpuMillis(node.cpu) ?? 0) - reservedCpuMillis),
    memory:
      node.allocatableMemory ??
      formatMemoryBytes((parseMemoryBytes(memory) ?? 0) - reservedMemoryBytes),
    pods: String(node.pods),
  };
  const time = toTime(startMs);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...(node.controlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {}),
        ...node.labels,
      },
      ...(node.resize === "done" ? {} : { annotations: { [resizeAnnotation]: node.resize } }),
    },
    spec: {
      podCIDR: `10.244.${index}.0/24`,
      ...(node.unschedulable ? { unschedulable: true } : {}),
      ...(node.taints.length === 0 ? {} : { taints: node.taints }),
    },
    status: {
      capacity: { cpu: node.cpu, memory, pods: String(node.pods) },
      allocatable,
      conditions: nodeConditions.map(([type, status, reason, message]) => ({
        type,
        ...(node.pressures.some((pressure) => pressure === type)
          ? { status: "True", reason: `KubeletHas${type}`, message: `kubelet has ${type}` }
          : { status, reason, message }),
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      })),
      addresses: [
        { type: "InternalIP", address: `192.168.49.${2 + index}` },
        { type: "Hostname", address: name },
      ],
      nodeInfo: {
        architecture: "amd64",
        operatingSystem: "linux",
        kubeletVersion: node.kubeletVersion ?? kubernetesVersion,
        kubeProxyVersion: "",
        osImage: "simulated by vigie",
        kernelVersion: "6.12.0",
        containerRuntimeVersion: "containerd://2.1.0",
        machineID: name,
        systemUUID: name,
        bootID: name,
      },
    },
  };
}

function podTemplate(workload: ScenarioWorkload): { metadata: JsonRecord; spec: JsonRecord } {
  const loads = workload.containers.flatMap(({ name, load }) =>
    load === undefined ? [] : [[name, load] as const],
  );
  return {
    metadata: {
      labels: { app: workload.name, ...workload.podLabels },
      ...(loads.length === 0
        ? {}
        : { annotations: { [loadAnnotation]: JSON.stringify(Object.fromEntries(loads)) } }),
    },
    spec: {
      ...(workload.nodeSelector === undefined ? {} : { nodeSelector: workload.nodeSelector }),
      containers: workload.containers.map(({ name, image, requests, limits, resizePolicy }) => ({
        name,
        image,
        resources: {
          ...(Object.keys(requests).length === 0 ? {} : { requests }),
          ...(Object.keys(limits).length === 0 ? {} : { limits }),
        },
        ...(resizePolicy === undefined ? {} : { resizePolicy }),
      })),
    },
  };
}

function workloadObject(workload: ScenarioWorkload): KubeObject {
  const { kind, namespace, name, replicas } = workload;
  const template = podTemplate(workload);
  if (kind === "Pod") {
    return {
      apiVersion: "v1",
      kind,
      metadata: { ...template.metadata, name, namespace },
      spec: template.spec,
    };
  }
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace, labels: { app: name, ...workload.labels } },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template,
      ...(workload.storage === undefined
        ? {}
        : {
            volumeClaimTemplates: [
              {
                metadata: { name: "data" },
                spec: {
                  accessModes: ["ReadWriteOnce"],
                  storageClassName: "standard",
                  resources: { requests: { storage: workload.storage } },
                },
              },
            ],
          }),
    },
  };
}

/** Every object a scenario begins with, in the order they can be created. */
export function scenarioObjects(scenario: Scenario, startMs: number): KubeObject[] {
  return [
    ...scenario.namespaces.map(({ name, labels }) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    })),
    ...scenario.nodes.map((node, index) =>
      nodeObject(node, index, startMs, scenario.kubernetesVersion),
    ),
    ...scenario.objects.map((object) => object as unknown as KubeObject),
    ...scenario.workloads.map(workloadObject),
  ];
}
