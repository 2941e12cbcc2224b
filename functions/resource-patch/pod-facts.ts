import type { V1Container, V1Pod } from "@kubernetes/client-node";
import type { Situation } from "../../shared/events/situation.ts";
import type { Resource } from "../../shared/policy-schema.ts";

/** A pod as JSON has it: dates are text. */
export type Pod = Omit<V1Pod, "metadata"> & {
  metadata: {
    namespace: string;
    name: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    ownerReferences?: NonNullable<NonNullable<V1Pod["metadata"]>["ownerReferences"]>;
  };
};

/** Set by the kubelet on what stands in for a static pod. */
const MIRROR = "kubernetes.io/config.mirror";

/** What a decision needs to know of a pod, for one resource. */
export function podFacts({ metadata, spec, status }: Pod, resource: Resource): Situation["pod"] {
  const { namespace, name, uid, annotations = {}, ownerReferences = [] } = metadata;
  const sidecars = (spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  return {
    namespace,
    name,
    uid,
    phase: status?.phase ?? "",
    isTerminating: metadata.deletionTimestamp !== undefined,
    isStatic:
      Object.hasOwn(annotations, MIRROR) || ownerReferences.some(({ kind }) => kind === "Node"),
    isWindows: spec?.os?.name === "windows",
    hasPodLevelResources: spec?.resources !== undefined,
    containers: [
      ...(spec?.containers ?? []).map((each) => containerFacts(each, "container", resource)),
      ...sidecars.map((each) => containerFacts(each, "sidecar", resource)),
    ],
  };
}

function containerFacts(
  { name, resources, resizePolicy }: V1Container,
  kind: "container" | "sidecar",
  resource: Resource,
): Situation["pod"]["containers"][number] {
  return {
    name,
    kind,
    share: {
      request: resources?.requests?.[resource] ?? null,
      limit: resources?.limits?.[resource] ?? null,
    },
    restartsOnResize: (resizePolicy ?? []).some(
      ({ resourceName, restartPolicy }) =>
        resourceName === resource && restartPolicy === "RestartContainer",
    ),
  };
}
