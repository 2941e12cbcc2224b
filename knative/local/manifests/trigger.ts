import { z } from "zod";
import { isRecord } from "../cluster/kube-object.ts";
import { type DeliveryPolicy, DeliverySpec, toDeliveryPolicy } from "./delivery.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { AttributeMap, FilterEntry, type FilterSpec } from "./filter.ts";
import { type Identity, Metadata } from "./metadata.ts";
import { INJECTION, triggerAnnotationFaults } from "./trigger-annotations.ts";

/** Annotation of a Trigger: how a Kafka broker delivers. `K:control-plane/pkg/reconciler/trigger`. */
export const DELIVERY_ORDER = "kafka.eventing.knative.dev/delivery.order";

const BrokerRef = z.strictObject({
  apiVersion: z.literal("eventing.knative.dev/v1").optional(),
  kind: z.literal("Broker").optional(),
  name: z.string().min(1),
  /** Behind a flag: see `flaggedFaults`. */
  namespace: z.string().min(1).optional(),
});

export const TriggerManifest = z
  .object({
    apiVersion: z.literal("eventing.knative.dev/v1"),
    kind: z.literal("Trigger"),
    metadata: Metadata.refine(
      ({ annotations }) =>
        ["ordered", "unordered"].includes(annotations[DELIVERY_ORDER] ?? "unordered"),
      { path: ["annotations", DELIVERY_ORDER], message: "must be ordered or unordered" },
    ).superRefine(({ annotations, namespace }, context) => {
      for (const [path, message] of triggerAnnotationFaults(annotations, namespace)) {
        context.addIssue({ code: "custom", path: ["annotations", ...path], message });
      }
    }),
    spec: z
      .strictObject({
        broker: z.string().min(1).optional(),
        brokerRef: BrokerRef.optional(),
        filter: z.strictObject({ attributes: AttributeMap.optional() }).optional(),
        filters: z.array(FilterEntry).default([]),
        subscriber: DestinationSpec,
        delivery: DeliverySpec.optional(),
      })
      .refine(({ broker, brokerRef }) => (broker === undefined) !== (brokerRef === undefined), {
        path: ["broker"],
        message: "needs exactly one of broker and brokerRef",
        // Said also when something else is wrong, as the webhook does.
        when: ({ value }) => isRecord(value),
      }),
  })
  .superRefine(({ metadata: { annotations }, spec }, context) => {
    const broker = spec.broker ?? spec.brokerRef?.name ?? "";
    if (annotations[INJECTION] !== "enabled" && annotations[INJECTION] !== "disabled") return;
    if (broker === "default") return;
    const message = `is for the Broker default only, and this is ${broker}`;
    context.addIssue({ code: "custom", path: ["metadata", "annotations", INJECTION], message });
  });

export type Trigger = Identity & {
  broker: string;
  /** Its own, unless it says otherwise and the feature for that is on. */
  brokerNamespace: string;
  filters: readonly FilterSpec[];
  /** `filter.attributes`, which count only when `filters` is empty; null when there is none. */
  attributes: Readonly<Record<string, string>> | null;
  subscriber: Destination;
  /** Replaces the broker's as a whole, apart from the dead-letter sink; null when there is none. */
  delivery: DeliveryPolicy | null;
  /** Events of one `partitionkey` one after the other, each done with before the next. */
  isOrdered: boolean;
};

export function toTrigger(manifest: z.output<typeof TriggerManifest>, identity: Identity): Trigger {
  const { broker, brokerRef, filter, filters, subscriber, delivery } = manifest.spec;
  const { namespace } = identity;
  return {
    ...identity,
    broker: broker ?? brokerRef?.name ?? "",
    brokerNamespace: brokerRef?.namespace ?? namespace,
    filters,
    attributes: filter?.attributes ?? null,
    subscriber: toDestination(subscriber, namespace),
    delivery: delivery === undefined ? null : toDeliveryPolicy(delivery, namespace),
    isOrdered: identity.annotations[DELIVERY_ORDER] === "ordered",
  };
}

/** `namespace/name` of the Broker that a Trigger takes its events from. */
export function brokerKeyOf({ brokerNamespace, broker }: Trigger): string {
  return `${brokerNamespace}/${broker}`;
}
