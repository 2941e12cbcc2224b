import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import type { Target } from "./broker/target.ts";
import type { SinkBinding } from "./manifests/sink-binding.ts";
import { serviceKey } from "./serving/revision.ts";
import type { BoundSink } from "./serving/sink-env.ts";

export type SinkBinder = {
  /** Gives the same URL for the same target, however often it is asked; none without a target. */
  bind(
    bindings: readonly SinkBinding[],
    resolve: (binding: SinkBinding) => Target | null,
  ): Promise<BoundSink[]>;
  close(): void;
};

/**
 * Turns the sinks of SinkBindings into URLs that any process can reach: a broker by the ingress
 * on 127.0.0.1, a service by a door of its own, because not every resolver knows `*.localhost`.
 */
export function createSinkBinder(options: {
  brokerPort: number;
  door: (namespace: string, name: string) => Server;
}): SinkBinder {
  const doors = new Map<string, Server>();
  const doorOf = async ({ namespace, name }: { namespace: string; name: string }) => {
    const key = serviceKey(namespace, name);
    const known = doors.get(key);
    if (known !== undefined) return known;
    const door = options.door(namespace, name);
    doors.set(key, door);
    await once(door.listen(0, "127.0.0.1"), "listening");
    return door;
  };
  const urlOf = async (target: Target): Promise<string> => {
    if (target.kind === "url") return target.url;
    if (target.kind === "broker") return `http://127.0.0.1:${options.brokerPort}${target.path}`;
    const door = await doorOf(target);
    return `http://127.0.0.1:${(door.address() as AddressInfo).port}${target.path}`;
  };
  return {
    async bind(bindings, resolve) {
      const sinks: BoundSink[] = [];
      for (const binding of bindings) {
        const { namespace, subject, extensions } = binding;
        const target = resolve(binding);
        if (target === null) continue;
        sinks.push({ namespace, subject, extensions, url: await urlOf(target) });
      }
      return sinks;
    },
    close() {
      for (const door of doors.values()) door.close();
      for (const door of doors.values()) door.closeAllConnections();
    },
  };
}
