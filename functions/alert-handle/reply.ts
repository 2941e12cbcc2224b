import { deriveId, type Event } from "../../shared/events/contract.ts";
import { LoadClassified, type Owner } from "../../shared/events/load.ts";
import type { Resource, SlaClass } from "../../shared/policy-schema.ts";
import type { AlertEvent } from "./report.ts";
import type { Answer } from "../../shared/pod-alerts/ledger.ts";

/** Whose the pod is, and what was agreed for it. */
export type Ownership = { owner: Owner; managed: boolean; slaClass: SlaClass };

/** The event for an answer. The same fact about the same pod makes the same event. */
export function toLoadClassified(
  cause: AlertEvent,
  pod: { namespace: string; name: string; uid: string },
  resource: Resource,
  answer: Answer,
  ownership: Ownership,
): Event {
  const { percent, band, previousBand, labels, observedAt } = answer;
  return LoadClassified.create({
    id: deriveId("load", answer.id, pod.uid, resource),
    subject: `${pod.namespace}/${pod.name}`,
    time: observedAt,
    extensions: {
      load: band,
      resource,
      sla: ownership.slaClass,
      partitionkey: `${pod.namespace}/${pod.name}`,
    },
    data: {
      namespace: pod.namespace,
      pod: pod.name,
      podUid: pod.uid,
      resource,
      percent,
      band,
      previousBand,
      labels,
      ...ownership,
      observedAt,
      cause: { id: cause.id, type: cause.type, alertname: cause.data.alertname },
    },
  });
}
