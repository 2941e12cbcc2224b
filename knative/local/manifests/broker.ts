import { z } from "zod";
import { type DeliveryPolicy, DeliverySpec, toDeliveryPolicy } from "./delivery.ts";
import { type Identity, Metadata } from "./metadata.ts";

const CLASS = "eventing.knative.dev/broker.class";
const MT = "MTChannelBasedBroker";
const KAFKA = ["Kafka", "KafkaNamespaced"];

export const BrokerManifest = z.object({
  apiVersion: z.literal("eventing.knative.dev/v1"),
  kind: z.literal("Broker"),
  metadata: Metadata.refine(
    ({ annotations }) => [MT, ...KAFKA].includes(annotations[CLASS] ?? MT),
    {
      path: ["annotations", CLASS],
      message: "only MTChannelBasedBroker and Kafka are run locally",
    },
  ),
  spec: z
    .strictObject({
      /** The channel template or the Kafka topic: of the cluster, there is nothing to run of it. */
      config: z
        .strictObject({
          apiVersion: z.string().min(1),
          kind: z.string().min(1),
          name: z.string().min(1),
          namespace: z.string().optional(),
        })
        .optional(),
      delivery: DeliverySpec.optional(),
    })
    .default({}),
});

export type Broker = Identity & {
  /** Whose rules hold where Knative's brokers differ: back-off formula, error data, time-out. */
  flavour: "mt" | "kafka";
  delivery: DeliveryPolicy;
};

/**
 * For a Broker without `delivery`: retry 10, exponential, 0.2 s (`E:config/400-config-br-defaults.yaml`).
 * A Broker with any `delivery` gets nothing of it.
 */
const DEFAULT_DELIVERY: DeliveryPolicy = {
  retry: 10,
  backoff: { policy: "exponential", delayMs: 200 },
  timeoutMs: null,
  deadLetterSink: null,
  format: "binary",
};

export function toBroker(manifest: z.output<typeof BrokerManifest>, identity: Identity): Broker {
  const { delivery } = manifest.spec;
  return {
    ...identity,
    flavour: KAFKA.includes(identity.annotations[CLASS] ?? MT) ? "kafka" : "mt",
    delivery:
      delivery === undefined ? DEFAULT_DELIVERY : toDeliveryPolicy(delivery, identity.namespace),
  };
}
