import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import type { Target } from "./broker/target.ts";
import type { SinkBinding } from "./manifests/sink-binding.ts";
import type { BoundSink } from "./serving/sink-env.ts";

export type BoundSinks = { sinks: BoundSink[]; close: () => void };

/**
 * Turns the sinks of SinkBindings into URLs that any process can reach: a broker by the ingress
 * on 127.0.0.1, a service by a door of its own, because not every resolver knows `*.localhost`.
 */
export async function bindSinks(
  bindings: readonly SinkBinding[],
  options: {
    resolve: (binding: SinkBinding) => Target;
    brokerPort: number;
    door: (namespace: string, name: string) => Server;
  },
): Promise<BoundSinks> {
  const doors: Server[] = [];
  const urlOf = async (target: Target): Promise<string> => {
    if (target.kind === "url") return target.url;
    if (target.kind === "broker") return `http://127.0.0.1:${options.brokerPort}${target.path}`;
    const door = options.door(target.namespace, target.name);
    doors.push(door);
    await once(door.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(door.address() as AddressInfo).port}${target.path}`;
  };
  const sinks: BoundSink[] = [];
  for (const binding of bindings) {
    const { namespace, subject, extensions } = binding;
    sinks.push({ namespace, subject, extensions, url: await urlOf(options.resolve(binding)) });
  }
  return {
    sinks,
    close() {
      for (const door of doors) door.close();
      for (const door of doors) door.closeAllConnections();
    },
  };
}
