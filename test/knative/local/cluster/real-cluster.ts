import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";

const sized = (cpu: string, memory = "64Mi") => ({
  name: "app",
  image: "app:1",
  requests: { cpu, memory },
  limits: { cpu, memory },
});

/** A workload with the label `app: <name>`. */
export const workload = (kind: string, name: string, cpu = "100m", more: object = {}) => ({
  kind,
  namespace: "shop",
  name,
  containers: [sized(cpu)],
  ...more,
});

/** A few nodes, and what a real cluster has around its pods. */
export const realCluster = (more: { nodes?: object[]; workloads?: object[]; objects?: object[] }) =>
  parseScenario({
    nodes: [{ name: "one", cpu: "2", memory: "4Gi" }],
    namespaces: [{ name: "shop" }],
    ...more,
    objects: [
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "standard" },
        provisioner: "p",
        allowVolumeExpansion: true,
      },
      ...(more.objects ?? []),
    ],
  });

export const object = (apiVersion: string, kind: string, name: string, rest: object) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "shop" },
  ...rest,
});
