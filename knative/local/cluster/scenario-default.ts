import { parseScenario } from "./scenario.ts";

const MiB = 2 ** 20;

const wave = (low: number, high: number, periodSeconds: number, phaseRatio = 0) => ({
  kind: "sine",
  low,
  high,
  periodSeconds,
  phaseRatio,
});

const kubeSystem = (kind: string, name: string, cpu: string, cpuMillis: number, extra = {}) => ({
  kind,
  namespace: "kube-system",
  name,
  podLabels: { "k8s-app": name },
  containers: [
    {
      name,
      image: `registry.k8s.io/${name}:v1.35.0`,
      requests: { cpu, memory: "70Mi" },
      load: { cpuMillis, memoryBytes: 30 * MiB },
    },
  ],
  ...extra,
});

const shop = (
  name: string,
  replicas: number,
  sla: string,
  managed: boolean,
  resources: { cpu: [string, string]; memory: [string, string] },
  load: { cpuMillis: unknown; memoryBytes: unknown },
) => {
  const labels = {
    ...(managed ? { "vigie.dev/managed": "true" } : {}),
    "vigie.dev/sla": sla,
  };
  return {
    kind: "Deployment",
    namespace: "shop",
    name,
    replicas,
    labels,
    podLabels: labels,
    containers: [
      {
        name,
        image: `registry.example/shop/${name}:1.4.2`,
        requests: { cpu: resources.cpu[0], memory: resources.memory[0] },
        limits: { cpu: resources.cpu[1], memory: resources.memory[1] },
        load,
      },
    ],
  };
};

/**
 * The demo cluster: three nodes as Minikube names them, the workloads of the original work in
 * `default`, a small shop. Loads are steady and spread over the bands; two opted-in pods sit at
 * 92 % of their CPU limit: `default/application-pod` and the one of `shop/checkout`.
 */
export const defaultScenario = parseScenario({
  nodes: [
    { name: "minikube", controlPlane: true },
    { name: "minikube-m02" },
    { name: "minikube-m03" },
  ],
  namespaces: [
    { name: "default" },
    { name: "kube-node-lease" },
    { name: "kube-public" },
    { name: "kube-system" },
    { name: "shop", labels: { "vigie.dev/sla": "silver" } },
    { name: "vigie" },
  ],
  workloads: [
    kubeSystem("Deployment", "coredns", "100m", 4, {
      replicas: 2,
      podLabels: { "k8s-app": "kube-dns" },
    }),
    kubeSystem("DaemonSet", "kube-proxy", "50m", 2),
    kubeSystem("Deployment", "metrics-server", "100m", 6),
    {
      kind: "Pod",
      namespace: "default",
      name: "application-pod",
      podLabels: { app: "application-pod", fogsla: "ok", "vigie.dev/sla": "silver" },
      containers: [
        {
          name: "application",
          image: "nginx:1.29",
          requests: { cpu: "250m", memory: "128Mi" },
          limits: { cpu: "500m", memory: "256Mi" },
          load: { cpuMillis: 460, memoryBytes: 96 * MiB },
        },
      ],
    },
    {
      kind: "Deployment",
      namespace: "default",
      name: "cpu-stress",
      containers: [
        {
          name: "stress",
          image: "polinux/stress:1.0.4",
          requests: { cpu: "100m", memory: "64Mi" },
          limits: { cpu: "300m", memory: "128Mi" },
          load: { cpuMillis: 2000, memoryBytes: 24 * MiB },
        },
      ],
    },
    {
      kind: "Deployment",
      namespace: "default",
      name: "depfog",
      replicas: 2,
      labels: { fogsla: "ok" },
      podLabels: { fogsla: "ok" },
      containers: [
        {
          name: "depfog",
          image: "nginx:1.29",
          requests: { cpu: "200m", memory: "128Mi" },
          limits: { cpu: "400m", memory: "256Mi" },
          load: { cpuMillis: wave(180, 220, 300), memoryBytes: 110 * MiB },
        },
      ],
    },
    {
      kind: "Deployment",
      namespace: "default",
      name: "nginx-vpa",
      replicas: 2,
      containers: [
        {
          name: "nginx",
          image: "nginx:1.29",
          requests: { cpu: "50m", memory: "64Mi" },
          limits: { cpu: "200m", memory: "128Mi" },
          load: { cpuMillis: wave(18, 30, 240), memoryBytes: 28 * MiB },
        },
      ],
    },
    shop(
      "cart",
      2,
      "gold",
      true,
      { cpu: ["200m", "500m"], memory: ["256Mi", "512Mi"] },
      {
        cpuMillis: wave(230, 270, 180),
        memoryBytes: 240 * MiB,
      },
    ),
    shop(
      "catalog",
      3,
      "silver",
      true,
      { cpu: ["100m", "400m"], memory: ["128Mi", "256Mi"] },
      {
        cpuMillis: wave(60, 100, 420),
        memoryBytes: 70 * MiB,
      },
    ),
    shop(
      "checkout",
      1,
      "gold",
      true,
      { cpu: ["200m", "400m"], memory: ["256Mi", "512Mi"] },
      {
        cpuMillis: 368,
        memoryBytes: 220 * MiB,
      },
    ),
    shop(
      "search",
      2,
      "bronze",
      false,
      { cpu: ["150m", "600m"], memory: ["256Mi", "1Gi"] },
      {
        cpuMillis: wave(300, 350, 200),
        memoryBytes: 520 * MiB,
      },
    ),
    {
      kind: "StatefulSet",
      namespace: "shop",
      name: "orders-db",
      replicas: 1,
      labels: { "vigie.dev/managed": "true", "vigie.dev/sla": "gold" },
      podLabels: { "vigie.dev/managed": "true", "vigie.dev/sla": "gold" },
      storage: "1Gi",
      containers: [
        {
          name: "postgres",
          image: "postgres:18",
          requests: { cpu: "500m", memory: "512Mi" },
          limits: { cpu: "1", memory: "1Gi" },
          load: { cpuMillis: wave(420, 480, 360), memoryBytes: 600 * MiB },
        },
      ],
    },
  ],
  objects: [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "standard",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "k8s.io/minikube-hostpath",
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
      allowVolumeExpansion: true,
    },
    {
      apiVersion: "autoscaling.k8s.io/v1",
      kind: "VerticalPodAutoscaler",
      metadata: { name: "nginx-vpa", namespace: "default" },
      spec: {
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "nginx-vpa" },
        updatePolicy: { updateMode: "Off" },
      },
    },
  ],
});
