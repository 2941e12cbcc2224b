import type { Fault } from "../manifests/fault.ts";
import { brokerKeyOf } from "../manifests/trigger.ts";
import type { WiredManifests } from "./wired.ts";

/** Ordered triggers of a Kafka broker, which the in-memory channel can't honour. Pure. */
export function orderFaults({ brokers, triggers }: WiredManifests): Fault[] {
  const kafka = new Set(
    brokers
      .filter(({ flavour }) => flavour === "kafka")
      .map(({ namespace, name }) => `${namespace}/${name}`),
  );
  return triggers
    .filter((trigger) => trigger.isOrdered && kafka.has(brokerKeyOf(trigger)))
    .map(({ file, line, namespace, name }) => ({
      file,
      line,
      message: `Trigger ${namespace}/${name}: delivery.order ordered needs --broker stored`,
    }));
}
