import { z } from "zod";
import { type DeliveryPolicy, DeliverySpec, toDeliveryPolicy } from "./delivery.ts";
import { type Identity, Metadata } from "./metadata.ts";

/** Annotation of a Broker: who runs it. */
export const BROKER_CLASS = "eventing.knative.dev/broker.class";
const MT = "MTChannelBasedBroker";
const KAFKA = ["Kafka", "KafkaNamespaced"];

export const BrokerManifest = z.object({
  apiVersion: z.literal("eventing.knative.dev/v1"),
  kind: z.literal("Broker"),
  metadata: Metadata.refine(
    ({ annotations }) => [MT, ...KAFKA].includes(annotations[BROKER_CLASS] ?? MT),
    {
      path: ["annotations", BROKER_CLASS],
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
  /** What a cluster never lets change: its class, and what its `config` points to. */
  fixed: { class: string; config: string };
};

/**
 * For a Broker without `delivery`: retry 10, exponential, 0.2 s (`E:config/400-config-br-defaults.yaml`).
 * A Broker with any `delivery` gets nothing of it.
 */
const DEFAULT_DELIVERY: DeliveryPolicy = {
  retry: 10,
  backoff: { policy: "exponential", delayMs: 200 },
  timeoutMs: null,
  retryAfterMaxMs: null,
  deadLetterSink: null,
  format: "binary",
};

/** What a Broker that names none gets. */
const DEFAULT_CONFIG = {
  mt: { kind: "ConfigMap", namespace: "knative-eventing", name: "config-br-default-channel" },
  kafka: { kind: "ConfigMap", namespace: "knative-eventing", name: "kafka-broker-config" },
};

export function toBroker(manifest: z.output<typeof BrokerManifest>, identity: Identity): Broker {
  const { config, delivery } = manifest.spec;
  const brokerClass = identity.annotations[BROKER_CLASS] ?? MT;
  const flavour = KAFKA.includes(brokerClass) ? "kafka" : "mt";
  const { kind, namespace = identity.namespace, name } = config ?? DEFAULT_CONFIG[flavour];
  return {
    ...identity,
    flavour,
    fixed: {
      class: brokerClass,
      config: [kind, namespace, name].join(" "),
    },
    delivery:
      delivery === undefined ? DEFAULT_DELIVERY : toDeliveryPolicy(delivery, identity.namespace),
  };
}
