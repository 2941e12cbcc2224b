import type { Owner } from "../../shared/events/load.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import { isManaged, isProtected, type Labels } from "../../shared/opt-in.ts";
import type { Context } from "./context.ts";
import { explainPause } from "./explain-pause.ts";
import { pauseFor } from "./pauses.ts";
import type { Pod } from "./pod-facts.ts";

/** Whether anything may be written to a pod or a workload, whatever it is. */
export type Permission = {
  owner: Owner;
  /** A sentence when its namespace is protected, or nobody has opted in. */
  forbidden: string | null;
  /** A sentence while it is paused. */
  paused: string | null;
};

/** Asks the cluster; what an event claims of it is not believed. */
export async function readPermission(context: Context, { metadata }: Pod): Promise<Permission> {
  const { owner, labels } = await readWorkload(context.kube, metadata, context.recent);
  return await permissionOf(context, owner, [metadata.labels ?? {}, labels]);
}

/** Whether anything may be written to what `owner` is; `optingIn` are the labels that may opt in. */
export async function permissionOf(
  { policy, pauses, now }: Context,
  owner: Owner,
  optingIn: readonly Labels[],
): Promise<Permission> {
  const pause = pauseFor(await pauses.read(), owner, new Date(now()).toISOString());
  const isOffLimits = isProtected(owner.namespace, policy);
  const isOptedIn = isManaged(optingIn, policy);
  return {
    owner,
    forbidden: isOffLimits
      ? "its namespace is protected by policy"
      : isOptedIn
        ? null
        : "neither the pod nor its workload has opted in to resizing",
    paused: policy.paused ? "everything is paused by policy" : pause && explainPause(pause),
  };
}
