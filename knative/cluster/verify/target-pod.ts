/** Who is alerted about: the pod of `knative/overlays/minikube/verify/target.yaml`. */
export const TARGET = { namespace: "shop", selector: "app=verify" } as const;

type Resources = { limits?: { cpu?: string } };

/** Of a pod what is looked at. */
export type Pod = {
  metadata: {
    name: string;
    uid: string;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
  };
  spec: { containers: { resources?: Resources }[] };
  status: {
    phase: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; resources?: Resources }[];
  };
};

/** What is asked for, and what the kubelet says that runs; null where nothing is said. */
export const cpuLimitOf = ({ spec }: Pod): string | null =>
  spec.containers[0]?.resources?.limits?.cpu ?? null;
export const runningCpuLimitOf = ({ status }: Pod): string | null =>
  status.containerStatuses?.[0]?.resources?.limits?.cpu ?? null;
export const restartsOf = ({ status }: Pod): number =>
  status.containerStatuses?.[0]?.restartCount ?? 0;

/** Before that its Deployment is rolling out, which forbids most changes. */
export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;

/** The one that runs and is not on its way out; with `uid`, only that very one. */
export function runningPod(pods: readonly Pod[], uid?: string): Pod | undefined {
  return pods.find(
    ({ metadata, status }) =>
      status.phase === "Running" &&
      metadata.deletionTimestamp === undefined &&
      (uid === undefined || metadata.uid === uid),
  );
}
