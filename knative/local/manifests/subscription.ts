import { z } from "zod";
import { isRecord } from "../cluster/kube-object.ts";
import { type DeliveryPolicy, DeliverySpec, toDeliveryPolicy } from "./delivery.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { type Identity, Metadata } from "./metadata.ts";

/** `E:pkg/apis/messaging/v1/subscription_{types,validation}.go` */
export const SubscriptionManifest = z.object({
  apiVersion: z.literal("messaging.knative.dev/v1"),
  kind: z.literal("Subscription"),
  metadata: Metadata,
  spec: z
    .strictObject({
      channel: z.strictObject({
        apiVersion: z.literal(
          "messaging.knative.dev/v1",
          "only messaging.knative.dev/v1 is run locally",
        ),
        kind: z.enum(
          ["Channel", "InMemoryChannel"],
          "only Channel and InMemoryChannel are run locally",
        ),
        name: z.string().min(1),
      }),
      subscriber: DestinationSpec.optional(),
      reply: DestinationSpec.optional(),
      delivery: DeliverySpec.optional(),
    })
    .refine(({ subscriber, reply }) => subscriber !== undefined || reply !== undefined, {
      path: ["subscriber"],
      message: "needs a subscriber or a reply",
      when: ({ value }) => isRecord(value),
    }),
});

export type Subscription = Identity & {
  /** Of the same namespace. */
  channel: { kind: "Channel" | "InMemoryChannel"; name: string };
  /** Null: each event goes to `reply` as it is. */
  subscriber: Destination | null;
  /** Where the subscriber's answers go; null: nowhere. */
  reply: Destination | null;
  /** Replaces the channel's as a whole, apart from the dead-letter sink; null when there is none. */
  delivery: DeliveryPolicy | null;
};

export function toSubscription(
  { spec }: z.output<typeof SubscriptionManifest>,
  identity: Identity,
): Subscription {
  const { channel, subscriber, reply, delivery } = spec;
  const { namespace } = identity;
  return {
    ...identity,
    channel: { kind: channel.kind, name: channel.name },
    subscriber: subscriber === undefined ? null : toDestination(subscriber, namespace),
    reply: reply === undefined ? null : toDestination(reply, namespace),
    delivery: delivery === undefined ? null : toDeliveryPolicy(delivery, namespace),
  };
}
