import type { Fault } from "../manifests/fault.ts";
import type { Identity } from "../manifests/metadata.ts";
import type { Wiring } from "../manifests/wiring.ts";

/**
 * What an update may not change, and a cluster refuses (`CheckImmutableFields` of Trigger and
 * Broker, `VerifyNameChange` of a revision). Pure.
 */
export function immutableFaults(before: Wiring, after: Wiring): Fault[] {
  return [
    ...changed("Trigger", before.triggers, after.triggers, (one, old) =>
      one.broker === old.broker
        ? null
        : `spec.broker can't be changed (from ${old.broker} to ${one.broker}): remove the Trigger first, or give it another name`,
    ),
    ...changed("Subscription", before.subscriptions, after.subscriptions, (one, old) =>
      JSON.stringify(one.channel) === JSON.stringify(old.channel)
        ? null
        : "spec.channel can't be changed: remove the Subscription first, or give it another name",
    ),
    ...changed("Broker", before.brokers, after.brokers, (one, old) => {
      const isOfClass = one.fixed.class === old.fixed.class;
      if (isOfClass && one.fixed.config === old.fixed.config) return null;
      const what = isOfClass ? "spec.config" : "its class";
      return `${what} can't be changed: remove the Broker first, or give it another name`;
    }),
    ...changed("Service", before.services, after.services, (one, old) => {
      const { name, ...said } = one.template;
      const { name: oldName, ...oldSaid } = old.template;
      if (name === null || name !== oldName || JSON.stringify(said) === JSON.stringify(oldSaid)) {
        return null;
      }
      return `its template has changed, and still is called ${name}: give the revision another name`;
    }),
  ];
}

function changed<T extends Identity>(
  kind: string,
  before: readonly T[],
  after: readonly T[],
  faultOf: (one: T, old: T) => string | null,
): Fault[] {
  const old = new Map(before.map((one) => [`${one.namespace}/${one.name}`, one]));
  return after.flatMap((one) => {
    const known = old.get(`${one.namespace}/${one.name}`);
    const message = known === undefined ? null : faultOf(one, known);
    if (message === null) return [];
    return [{ file: one.file, line: one.line, message: `${kind} ${one.name}: ${message}` }];
  });
}
