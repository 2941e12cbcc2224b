import { z } from "zod";
import { type Channel, ChannelTemplate } from "./channel.ts";
import { DeliverySpec, toDeliveryPolicy } from "./delivery.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { type Identity, Metadata } from "./metadata.ts";
import type { Subscription } from "./subscription.ts";

/** A step is a destination with a delivery beside it. */
const Step = z
  .looseObject({ delivery: DeliverySpec.optional() })
  .transform(({ delivery, ...rest }, context) => {
    const { data, error } = DestinationSpec.safeParse(rest);
    for (const issue of error?.issues ?? []) {
      const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
      const message = unknown.length > 0 ? "is an unknown field" : issue.message;
      context.addIssue({ code: "custom", path: [...issue.path, ...unknown], message });
    }
    return { delivery, to: data ?? {} };
  });

/** `E:pkg/apis/flows/v1/sequence_{types,validation}.go` */
export const SequenceManifest = z.object({
  apiVersion: z.literal("flows.knative.dev/v1"),
  kind: z.literal("Sequence"),
  metadata: Metadata,
  spec: z.strictObject({
    steps: z.array(Step).min(1, "needs a step"),
    channelTemplate: ChannelTemplate.optional(),
    reply: DestinationSpec.optional(),
  }),
});

/** `E:pkg/apis/flows/v1/parallel_{types,validation}.go` */
export const ParallelManifest = z.object({
  apiVersion: z.literal("flows.knative.dev/v1"),
  kind: z.literal("Parallel"),
  metadata: Metadata,
  spec: z.strictObject({
    branches: z
      .array(
        z.strictObject({
          filter: DestinationSpec.optional(),
          subscriber: DestinationSpec,
          reply: DestinationSpec.optional(),
          delivery: DeliverySpec.optional(),
        }),
      )
      .min(1, "needs a branch"),
    channelTemplate: ChannelTemplate.optional(),
    reply: DestinationSpec.optional(),
  }),
});

/** A Sequence or a Parallel: channels and subscriptions under one name. */
export type Flow = Identity & {
  kind: "Sequence" | "Parallel";
  /** The first is where events come in. */
  channels: readonly [Channel, ...Channel[]];
  subscriptions: readonly Subscription[];
};

const KIND = "InMemoryChannel" as const;

/** A channel before each step; the answer of one goes to the channel of the next. */
export function toSequence({ spec }: z.output<typeof SequenceManifest>, identity: Identity): Flow {
  const { namespace, name } = identity;
  const nameOf = (index: number) => `${name}-kn-sequence-${index}`;
  const channels = spec.steps.map((_, index) => channelOf(identity, nameOf(index)));
  const last = spec.reply === undefined ? null : toDestination(spec.reply, namespace);
  const subscriptions = spec.steps.map(({ to, delivery }, index) =>
    subscriptionOf(identity, nameOf(index), {
      channel: { kind: KIND, name: nameOf(index) },
      subscriber: toDestination(to, namespace),
      reply: index < spec.steps.length - 1 ? toChannelOf(namespace, nameOf(index + 1)) : last,
      delivery: delivery === undefined ? null : toDeliveryPolicy(delivery, namespace),
    }),
  );
  return {
    ...identity,
    kind: "Sequence",
    channels: channels as [Channel, ...Channel[]],
    subscriptions,
  };
}

/** One channel for all, and one for each branch behind its filter: what that answers goes on. */
export function toParallel({ spec }: z.output<typeof ParallelManifest>, identity: Identity): Flow {
  const { namespace, name } = identity;
  const nameOf = (index: number) => `${name}-kn-parallel-${index}`;
  const entry = `${name}-kn-parallel`;
  const branches = spec.branches.map((_, index) => channelOf(identity, nameOf(index)));
  const subscriptions = spec.branches.flatMap(({ filter, subscriber, reply, delivery }, index) => {
    const answer = reply ?? spec.reply;
    return [
      subscriptionOf(identity, `${name}-kn-parallel-filter-${index}`, {
        channel: { kind: KIND, name: entry },
        subscriber: filter === undefined ? null : toDestination(filter, namespace),
        reply: toChannelOf(namespace, nameOf(index)),
        delivery: null,
      }),
      subscriptionOf(identity, nameOf(index), {
        channel: { kind: KIND, name: nameOf(index) },
        subscriber: toDestination(subscriber, namespace),
        reply: answer === undefined ? null : toDestination(answer, namespace),
        delivery: delivery === undefined ? null : toDeliveryPolicy(delivery, namespace),
      }),
    ];
  });
  return {
    ...identity,
    kind: "Parallel",
    channels: [channelOf(identity, entry), ...branches],
    subscriptions,
  };
}

function channelOf(identity: Identity, name: string): Channel {
  return { ...identity, name, kind: KIND, delivery: null };
}

function subscriptionOf(
  identity: Identity,
  name: string,
  spec: Omit<Subscription, keyof Identity>,
): Subscription {
  return { ...identity, name, ...spec };
}

function toChannelOf(namespace: string, name: string): Destination {
  return { ref: { apiVersion: "messaging.knative.dev/v1", kind: KIND, name, namespace } };
}
