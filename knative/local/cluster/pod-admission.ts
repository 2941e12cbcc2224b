import type { ControllerParts } from "./controller-parts.ts";
import type { KubeObject } from "./kube-object.ts";
import { withLimitDefaults } from "./limit-ranger.ts";
import { checkQuota } from "./quota.ts";
import { pods, priorityClasses } from "./resources.ts";
import { forbidden, StatusError } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { Pod } from "./workload-types.ts";

/** Classes that every cluster has; pods of them are the last to go. */
const systemPriorities: ReadonlyMap<string, number> = new Map([
  ["system-cluster-critical", 2_000_000_000],
  ["system-node-critical", 2_000_001_000],
]);

function withPriority(store: Store, pod: Pod): Pod {
  const classes = store.objects(priorityClasses);
  const given = pod.spec["priorityClassName"];
  const name = typeof given === "string" ? given : "";
  const found =
    name === ""
      ? classes.find((entry) => entry["globalDefault"] === true)
      : classes.find(({ metadata }) => metadata.name === name);
  const priority = found === undefined ? systemPriorities.get(name) : Number(found["value"] ?? 0);
  if (priority === undefined) {
    if (name === "") return pod;
    throw forbidden(pods, pod.metadata.name, `no PriorityClass with name ${name} was found`);
  }
  const preemptionPolicy = found?.["preemptionPolicy"] ?? "PreemptLowerPriority";
  return {
    ...pod,
    spec: {
      ...pod.spec,
      priority,
      preemptionPolicy,
      priorityClassName: found?.metadata.name ?? name,
    },
  };
}

/**
 * A new pod as admission leaves it: with its priority and the sizes its namespace gives by default.
 * @throws StatusError 403 for an unknown class, a LimitRange or a ResourceQuota.
 */
export function admitPod(store: Store, object: KubeObject): Pod {
  const pod = withLimitDefaults(store, withPriority(store, object as Pod));
  checkQuota(store, pods, undefined, pod);
  return pod;
}

/** A controller's new pod; null when admission refuses it, which its owner is told by an event. */
export function createPod(
  { store, record }: Pick<ControllerParts, "store" | "record">,
  owner: KubeObject,
  controller: string,
  pod: KubeObject,
): KubeObject | null {
  try {
    return store.create(pods, admitPod(store, pod));
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    record(owner, "Warning", "FailedCreate", `Error creating: ${error.message}`, controller);
    return null;
  }
}
