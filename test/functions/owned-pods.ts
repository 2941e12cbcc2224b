import assert from "node:assert/strict";
import type { Pod } from "../../functions/resource-patch/pod-facts.ts";
import type { KubeObject } from "../../knative/local/cluster/kube-object.ts";
import { parseScenario } from "../../knative/local/cluster/scenario.ts";
import { type Cluster, startCluster } from "../../knative/local/cluster/start.ts";
import { recording } from "../recording.ts";

const namespace = "shop";
const sizes = {
  requests: { cpu: "100m", memory: "64Mi" },
  limits: { cpu: "200m", memory: "128Mi" },
};
const containers = [{ name: "app", image: "app:1", ...sizes }];
const workload = (kind: string, name: string, more: object = {}) => ({
  kind,
  namespace,
  name,
  labels: { "vigie.dev/managed": "true" },
  containers,
  ...more,
});
const custom = (apiVersion: string, kind: string, name: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: {
    name,
    namespace,
    labels: { "vigie.dev/managed": "true" },
    annotations: { "scenario.vigie.dev/replicas": "1" },
  },
  spec,
});
const template = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "app", image: "app:1", resources: sizes }] },
});
const objects = [
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard" },
    provisioner: "p",
    allowVolumeExpansion: true,
  },
  custom("argoproj.io/v1alpha1", "Rollout", "canary", {
    replicas: 1,
    selector: { matchLabels: { app: "canary" } },
    template: template("canary"),
  }),
  custom("serving.knative.dev/v1", "Service", "hello", { template: template("hello") }),
  custom("batch/v1", "CronJob", "nightly", {
    schedule: "0 3 * * *",
    jobTemplate: { spec: { template: template("nightly") } },
  }),
  custom("apps/v1", "ReplicaSet", "lone", {
    replicas: 1,
    selector: { matchLabels: { app: "lone" } },
    template: template("lone"),
  }),
];

/** What is at the end of the owners of these pods, by its kind. */
export const OWNERS: Readonly<Record<string, [apiVersion: string, name: string]>> = {
  Deployment: ["apps/v1", "web"],
  StatefulSet: ["apps/v1", "db"],
  DaemonSet: ["apps/v1", "agent"],
  ReplicaSet: ["apps/v1", "lone"],
  CronJob: ["batch/v1", "nightly"],
  Rollout: ["argoproj.io/v1alpha1", "canary"],
  Service: ["serving.knative.dev/v1", "hello"],
};

/** A pod of each kind of workload, by the kind at the end of its owners. */
export type OwnedPods = {
  cluster: Cluster;
  pods: ReadonlyMap<string, Pod>;
  /** As it was at the start. */
  podOf(kind: string): Pod;
  /** As it is now. */
  ownerOf(kind: string): KubeObject;
};

export async function startOwnedPods(more: {
  nodes?: object[];
  workloads?: object[];
  objects?: object[];
}): Promise<OwnedPods> {
  const scenario = parseScenario({
    nodes: more.nodes ?? [{ name: "one" }],
    namespaces: [{ name: namespace }],
    workloads: [
      workload("Pod", "bare", { podLabels: { "vigie.dev/managed": "true" } }),
      workload("Deployment", "web", { replicas: 2 }),
      workload("StatefulSet", "db", { storage: "1Gi" }),
      workload("DaemonSet", "agent"),
      ...(more.workloads ?? []),
    ],
    objects: [...objects, ...(more.objects ?? [])],
  });
  const cluster = await startCluster({ port: 0, scenario, ...recording() });
  try {
    const pods = await ownPods(cluster);
    return {
      cluster,
      pods,
      podOf(kind) {
        const pod = pods.get(kind);
        assert.ok(pod, kind);
        return pod;
      },
      ownerOf(kind) {
        const [apiVersion, name] = OWNERS[kind] ?? ["", ""];
        const object = cluster.get(apiVersion, kind, namespace, name);
        assert.ok(object, kind);
        return object;
      },
    };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function ownPods(cluster: Cluster): Promise<Map<string, Pod>> {
  const reference = (apiVersion: string, kind: string, name: string) => ({
    ownerReferences: [
      {
        apiVersion,
        kind,
        name,
        uid: cluster.get(apiVersion, kind, namespace, name)?.metadata.uid ?? "",
        controller: true,
      },
    ],
  });
  const own = (apiVersion: string, kind: string, name: string, owner: object, rest: object) =>
    cluster.apply([
      { apiVersion, kind, metadata: { name, namespace, ...owner }, ...rest } as KubeObject,
    ]);
  own("batch/v1", "Job", "nightly-1", reference("batch/v1", "CronJob", "nightly"), {});
  const spec = {
    nodeName: "one",
    containers: [{ name: "app", image: "app:1", resources: sizes }],
  };
  own("v1", "Pod", "nightly-1-x", reference("batch/v1", "Job", "nightly-1"), { spec });
  const isRunning = () => {
    const pod = cluster.get("v1", "Pod", namespace, "nightly-1-x") as Pod | undefined;
    return pod?.status?.phase === "Running";
  };
  while (!isRunning()) await new Promise((resolve) => setTimeout(resolve, 10));
  const { items } = (await (
    await fetch(`${cluster.url}/api/v1/namespaces/${namespace}/pods`)
  ).json()) as { items: Pod[] };
  const starts = {
    Pod: "bare",
    Deployment: "web-",
    StatefulSet: "db-",
    DaemonSet: "agent-",
    Rollout: "canary-",
    Service: "hello-",
    CronJob: "nightly-1-x",
    ReplicaSet: "lone-",
  };
  return new Map(
    Object.entries(starts).map(([kind, start]) => {
      const pod = items.find(({ metadata }) => metadata.name.startsWith(start));
      if (pod === undefined) throw new Error(`no pod of a ${kind}`);
      return [kind, pod];
    }),
  );
}
