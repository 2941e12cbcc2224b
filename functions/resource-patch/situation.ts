import type { Owner } from "../../shared/events/load.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import { readNamespace } from "../../shared/kube/namespaces.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import { isManaged, isProtected, slaClassOf } from "../../shared/opt-in.ts";
import { type Rules, rulesFor } from "../../shared/policy-rules.ts";
import type { Policy } from "../../shared/policy.ts";
import { SlaClass } from "../../shared/policy-words.ts";
import type { Regarding } from "./record-settled.ts";
import { readAutoscalers } from "./autoscalers.ts";
import type { Context } from "./context.ts";
import type { Pod } from "./pod-facts.ts";
import { situationOf } from "./situation-of.ts";
import {
  fetchWorkload,
  readWorkloadObject,
  toReadWorkload,
} from "./surroundings/read-workload-object.ts";
import { beginSurroundings, readSurroundings } from "./surroundings/read-surroundings.ts";
import type { WorkloadObject } from "./surroundings/rollout.ts";
import { readVolumeUse } from "./usage/volume-use.ts";
import { readUsage } from "./usage/read-usage.ts";

/** What was told, and what is asked of the cluster because of it. */
export type Told = Pick<Situation, "decisionId" | "load" | "now" | "tried"> & {
  pod: { namespace: string; name: string };
  /** Who is said to own the pod: asked for beside it, and believed if the pod's owners lead there. */
  owner?: Owner;
  /** The decision is being carried out: what it has written itself is no reason against it. */
  isUnderWay?: boolean;
  /** What is done hangs on the room on other nodes: a list of all pods is waited for. */
  isRoomNeeded?: boolean;
  /** Usage that is known already; undefined: it is asked for. */
  usage?: Situation["usage"];
};

/** The pod as it is, and the facts of it; its workload for those who speak of it, null when it has none. */
export type Seen = {
  pod: Pod;
  situation: Situation;
  workload: Regarding | null;
  /** What the workload was annotated with: its changes are there. */
  workloadAnnotations: Readonly<Record<string, string>>;
};

export function podPath({ namespace, name }: { namespace: string; name: string }): string {
  return `/api/v1/namespaces/${pathSegment(namespace)}/pods/${pathSegment(name)}`;
}

/** null when there is no such pod. */
export async function readPod(
  kube: KubeClient,
  pod: { namespace: string; name: string },
): Promise<Pod | null> {
  try {
    return await kube.request<Pod>({ method: "GET", path: podPath(pod) });
  } catch (error) {
    if (error instanceof KubeError && error.httpStatus === 404) return null;
    throw error;
  }
}

/**
 * Asks the cluster for all that a decision about a pod needs, side by side: two round trips when the
 * owner was told, else up to four; one when all but pod and workload was read within the last second.
 * Nothing that the event claims about opt-in, class or owner is believed.
 * @returns null when there is no such pod.
 */
export async function readSituation(
  context: Pick<Context, "kube" | "recent" | "policy" | "pauses" | "usage" | "ledger">,
  {
    pod: named,
    owner: told,
    load,
    decisionId,
    now,
    usage,
    tried,
    isUnderWay = false,
    isRoomNeeded = false,
  }: Told,
): Promise<Seen | null> {
  const { kube, recent, policy } = context;
  const isForbidden = isProtected(named.namespace, policy);
  const begun = isForbidden || told?.namespace !== named.namespace ? null : begin(kube, told);
  const workloadOf = async (owner: Owner): Promise<WorkloadObject | null> =>
    begun !== null && isSame(begun.owner, owner) ? await begun.object : null;
  const [read, autoscalers, namespace, pauses] = await Promise.all([
    readPod(kube, named).then(async (pod) => {
      if (pod === null) return null;
      // Opted in by itself, it is ours whoever owns it: its surroundings are asked for beside its owners.
      if (!isForbidden && isManaged([pod.metadata.labels ?? {}], policy)) {
        beginSurroundings({ kube, recent }, pod, { mayMove: mayAlwaysMove(policy) });
        context.ledger.lastHour(Date.parse(now), decisionId).catch(() => undefined);
      }
      const known = async (owner: Owner) => (await workloadOf(owner))?.metadata ?? null;
      return { pod, workload: await readWorkload(kube, pod.metadata, recent, known) };
    }),
    recent.read(`autoscalers of ${named.namespace}`, () => readAutoscalers(kube, named.namespace)),
    readNamespace(kube, named.namespace, recent),
    context.pauses.read(),
  ]);
  if (read === null) return null;
  const { pod, workload } = read;
  const podLabels = pod.metadata.labels ?? {};
  const labels = {
    podLabels,
    workloadLabels: workload.labels,
    namespaceLabels: namespace.labels ?? {},
  };
  const slaClass = slaClassOf(labels, policy);
  // Nothing will be done there: nobody is asked about it.
  const isOurs = !isForbidden && isManaged([podLabels, workload.labels], policy);
  const readOwner = async () => {
    const found = await workloadOf(workload.owner);
    if (found === null) return await readWorkloadObject(kube, pod, workload.owner);
    return toReadWorkload(workload.owner, found);
  };
  const reading = isOurs ? readOwner() : null;
  const [surroundings, known, allLastHour, owner] = reading
    ? await Promise.all([
        readSurroundings({ kube, recent }, pod, {
          owner: workload.owner,
          workload: reading,
          volumeUse: (claims) =>
            readVolumeUse(context.usage, named.namespace, claims, Date.parse(now) / 1_000),
          mayMove: mayMove(rulesFor(policy, slaClass)),
          isRoomNeeded,
        }),
        usage === undefined
          ? readUsage(context.usage, {
              pod,
              owner: workload.owner,
              bounds: policy.classes[slaClass],
              settings: policy.classes[slaClass].sizing,
              decisionId,
              now,
            })
          : usage,
        context.ledger.lastHour(Date.parse(now), decisionId),
        reading,
      ])
    : [null, null, null, null];
  const situation = situationOf(
    { decisionId, now, load, isUnderWay, ...(tried === undefined ? {} : { tried }) },
    {
      pod,
      workload,
      slaClass,
      namespace,
      autoscalers,
      pauses,
      owner,
      surroundings,
      usage: known,
      allLastHour,
    },
    policy,
  );
  const { uid = null } = owner ?? {};
  const regarding = uid === null ? null : { ...workload.owner, uid };
  return { pod, situation, workload: regarding, workloadAnnotations: owner?.annotations ?? {} };
}

/** Asks for a workload that may turn out to be the pod's; a fault is for whoever asks for it again. */
function begin(
  kube: KubeClient,
  owner: Owner,
): { owner: Owner; object: Promise<WorkloadObject | null> } {
  return { owner, object: fetchWorkload(kube, owner).catch(() => null) };
}

function isSame(one: Owner, other: Owner): boolean {
  return (
    one.apiVersion === other.apiVersion &&
    one.kind === other.kind &&
    one.namespace === other.namespace &&
    one.name === other.name
  );
}

/** Whether it may whatever the class of the workload, which its owners may say. */
function mayAlwaysMove(policy: Policy): boolean {
  return SlaClass.options.every((slaClass) => mayMove(rulesFor(policy, slaClass)));
}

/** Whether something may be done that starts pods, and so needs room on other nodes. */
function mayMove({ class: { allowedActions }, built }: Rules): boolean {
  return allowedActions.some(
    (action) =>
      (action === "patch-owner" || action === "scale-out") && built.actions.includes(action),
  );
}
