import type { Situation } from "../../shared/events/situation.ts";
import type { NamespaceMetadata } from "../../shared/kube/namespaces.ts";
import type { Workload } from "../../shared/kube/owners.ts";
import { isManaged, isProtected } from "../../shared/opt-in.ts";
import type { Policy } from "../../shared/policy.ts";
import { policyAnnotations } from "../../shared/policy-override.ts";
import type { SlaClass } from "../../shared/policy-words.ts";
import { type Autoscalers, competing, recommended, scaling } from "./autoscalers.ts";
import { readBackOff } from "./back-off.ts";
import { type Books, lastChange, spentOn } from "./last-change.ts";
import { pauseFor, type Request } from "./pauses.ts";
import { type Pod, podFacts } from "./pod-facts.ts";
import type { ReadWorkload } from "./surroundings/read-workload-object.ts";

/** The owner is null, and so is all that is around the pod, where nothing may be done: nobody was asked. */
export type Read = Pick<Situation, "surroundings" | "usage"> & {
  pod: Pod;
  workload: Workload;
  slaClass: SlaClass;
  namespace: NamespaceMetadata;
  autoscalers: Autoscalers;
  pauses: readonly Request[];
  owner: ReadWorkload | null;
  /** Changes of all workloads; null when it is not known, either. */
  allLastHour: number | null;
};

/** What was told and what was read, as the facts that `decide` takes. */
export function situationOf(
  {
    isUnderWay,
    ...told
  }: Pick<Situation, "decisionId" | "load" | "now" | "tried"> & { isUnderWay: boolean },
  { pod, workload, slaClass, namespace, autoscalers, pauses, owner, ...read }: Read,
  policy: Policy,
): Situation {
  const { decisionId, now, load, tried } = told;
  const { labels = {}, annotations = {} } = pod.metadata;
  const { allLastHour, surroundings, usage } = read;
  const books: Books = { pod: annotations, workload: owner?.annotations ?? {} };
  const ended = new Set((tried ?? []).map((each) => each.decisionId));
  if (isUnderWay) ended.add(decisionId);
  const pause = pauseFor(pauses, workload.owner, now);
  const backOff = readBackOff(annotations, load.resource);
  const backOffs = (["patch-owner", "scale-out"] as const)
    .map((action) => readBackOff(books.workload, load.resource, action))
    .filter((one) => one !== null);
  return {
    decisionId,
    now,
    load,
    ...(tried === undefined ? {} : { tried }),
    pod: podFacts(pod, load.resource),
    lastResize: lastChange(books, load.resource, ended),
    owner: workload.owner,
    managed: isManaged([labels, workload.labels], policy),
    workloadManaged: isManaged([workload.labels, owner?.templateLabels ?? {}], policy),
    isProtected: isProtected(pod.metadata.namespace, policy),
    slaClass,
    autoscalers: competing(autoscalers, workload.owner, load.resource),
    replicaScalers: scaling(autoscalers, workload.owner),
    overrides: {
      namespace: policyAnnotations(namespace.annotations),
      pod: policyAnnotations(annotations),
    },
    spent: allLastHour === null ? null : { ...spentOn(books, { now, decisionId }), allLastHour },
    ...(pause === null ? {} : { pause }),
    ...(backOff === null ? {} : { backOff }),
    ...(backOffs.length === 0 ? {} : { workloadBackOffs: backOffs }),
    surroundings,
    usage,
    ...(policy.strategy === "vpa"
      ? { vpa: recommended(autoscalers, workload.owner, load.resource) }
      : {}),
  };
}
