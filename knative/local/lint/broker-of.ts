import type { Broker } from "../manifests/broker.ts";
import { brokerKeyOf, type Trigger } from "../manifests/trigger.ts";
import type { Wiring } from "../manifests/wiring.ts";

/** The Broker that a Trigger names; undefined when it is not among the manifests. */
export function brokerOf(
  { brokers }: Pick<Wiring, "brokers">,
  trigger: Trigger,
): Broker | undefined {
  const key = brokerKeyOf(trigger);
  return brokers.find(({ namespace, name }) => `${namespace}/${name}` === key);
}
