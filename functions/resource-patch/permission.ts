import type { Owner } from "../../shared/events/load.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import { isManaged, isProtected } from "../../shared/opt-in.ts";
import type { Context } from "./context.ts";
import { explainPause } from "./explain-pause.ts";
import { pauseFor } from "./pauses.ts";
import type { Pod } from "./pod-facts.ts";

/** Whether anything may be written to a pod, whatever it is. */
export type Permission = {
  owner: Owner;
  /** A sentence when its namespace is protected, or nobody has opted in. */
  forbidden: string | null;
  /** A sentence while it is paused. */
  paused: string | null;
};

/** Asks the cluster; what an event claims of it is not believed. */
export async function readPermission(
  { kube, recent, policy, pauses, now }: Context,
  { metadata }: Pod,
): Promise<Permission> {
  const [{ owner, labels }, requests] = await Promise.all([
    readWorkload(kube, metadata, recent),
    pauses.read(),
  ]);
  const { namespace } = metadata;
  const pause = pauseFor(requests, owner, new Date(now()).toISOString());
  return {
    owner,
    forbidden: explainForbidden(
      isProtected(namespace, policy),
      isManaged([metadata.labels ?? {}, labels], policy),
    ),
    paused: policy.paused ? "everything is paused by policy" : pause && explainPause(pause),
  };
}

function explainForbidden(isOffLimits: boolean, isOptedIn: boolean): string | null {
  if (isOffLimits) return "its namespace is protected by policy";
  return isOptedIn ? null : "neither the pod nor its workload has opted in to resizing";
}
