import type { Fault } from "./manifests/fault.ts";
import { channelHost } from "./manifests/channel.ts";
import type { Destination } from "./manifests/destination.ts";
import type { Wiring } from "./manifests/wiring.ts";
import { backingOf } from "./core-services.ts";
import { type Addressables, resolve, UnresolvedError } from "./serving/resolve.ts";
import { serviceKey } from "./serving/revision.ts";

export function addressablesOf(
  wiring: Pick<Wiring, "services" | "brokers" | "coreServices" | "deployments"> &
    Partial<Pick<Wiring, "channels" | "flows">>,
): Addressables {
  const { services, brokers, coreServices } = wiring;
  const keys = (all: readonly { namespace: string; name: string }[]) =>
    new Set(all.map(({ namespace, name }) => serviceKey(namespace, name)));
  return {
    channels: new Map([
      ...(wiring.channels ?? []).map(
        ({ kind, namespace, name }) => [`${kind}/${namespace}/${name}`, channelHost(name)] as const,
      ),
      ...(wiring.flows ?? []).map(({ kind, namespace, name, channels: [entry] }) => {
        return [`${kind}/${namespace}/${name}`, channelHost(entry.name)] as const;
      }),
    ]),
    services: keys(services),
    brokers: keys(brokers),
    coreServices: new Map(
      coreServices.map((service) => {
        const backed = backingOf(service, wiring);
        return [serviceKey(service.namespace, service.name), "fault" in backed ? backed : "ok"];
      }),
    ),
  };
}

/** Every destination that can't be sent to here. What is only missing is not among them: `unreadyOf`. */
export function destinationFaults(wiring: Wiring): Fault[] {
  const addressables = addressablesOf(wiring);
  const { brokers, triggers, pingSources, sinkBindings } = wiring;
  const { containerSources, apiServerSources, channels, subscriptions } = wiring;
  type Owner = { file: string; line: number; name: string };
  const check = (kind: string, { file, line, name }: Owner, to: Destination | null): Fault[] => {
    if (to === null) return [];
    try {
      resolve(to, addressables);
      return [];
    } catch (error) {
      if (!(error instanceof UnresolvedError)) throw error;
      if (error.isMissing) return [];
      return [{ file, line, message: `${kind} ${name}: ${error.message}` }];
    }
  };
  return [
    ...brokers.flatMap((one) => check("Broker", one, one.delivery.deadLetterSink)),
    ...triggers.flatMap((one) => check("Trigger", one, one.subscriber)),
    ...triggers.flatMap((one) => check("Trigger", one, one.delivery?.deadLetterSink ?? null)),
    ...channels.flatMap((one) => check(one.kind, one, one.delivery?.deadLetterSink ?? null)),
    ...subscriptions.flatMap((one) =>
      [one.subscriber, one.reply, one.delivery?.deadLetterSink ?? null].flatMap((to) =>
        check("Subscription", one, to),
      ),
    ),
    ...pingSources.flatMap((one) => check("PingSource", one, one.sink)),
    ...sinkBindings.flatMap((one) => check("SinkBinding", one, one.sink)),
    ...containerSources.flatMap((one) => check("ContainerSource", one, one.sink)),
    ...apiServerSources.flatMap((one) => check("ApiServerSource", one, one.sink)),
  ];
}
