import { z } from "zod";
import { type DeliveryPolicy, DeliverySpec, toDeliveryPolicy } from "./delivery.ts";
import { type Identity, Metadata } from "./metadata.ts";

/** What of Knative's channels is run here: each as its in-memory one delivers. */
const KINDS = ["Channel", "InMemoryChannel"] as const;

/** Which channel stands behind a Channel, a Sequence or a Parallel: here it is always the same one. */
export const ChannelTemplate = z.strictObject({
  apiVersion: z.literal("messaging.knative.dev/v1"),
  kind: z.enum(["InMemoryChannel", "Channel"], "only InMemoryChannel is run locally"),
  spec: z.unknown().optional(),
});

/** `E:pkg/apis/messaging/v1/{channel,in_memory_channel}_{types,validation}.go` */
export const ChannelManifest = z.object({
  apiVersion: z.literal("messaging.knative.dev/v1"),
  kind: z.enum(KINDS),
  metadata: Metadata,
  spec: z
    .strictObject({
      channelTemplate: ChannelTemplate.optional(),
      delivery: DeliverySpec.optional(),
    })
    .default({}),
});

export type Channel = Identity & {
  kind: (typeof KINDS)[number];
  /** Of the Subscriptions that say nothing; null when it says nothing either. */
  delivery: DeliveryPolicy | null;
};

export function toChannel(
  { kind, spec: { delivery } }: z.output<typeof ChannelManifest>,
  identity: Identity,
): Channel {
  const { namespace } = identity;
  return {
    ...identity,
    kind,
    delivery: delivery === undefined ? null : toDeliveryPolicy(delivery, namespace),
  };
}

/** The Service in front of a channel. `E:pkg/reconciler/inmemorychannel/controller/resources/service.go` */
export const channelHost = (name: string): string => `${name}-kn-channel`;
