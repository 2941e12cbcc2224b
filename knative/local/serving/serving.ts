import { join } from "node:path";
import type { Deliver } from "../broker/target.ts";
import { type Activator, createActivator } from "./activator.ts";
import { createDeliver } from "./deliver.ts";
import { createGateway, createServiceDoor } from "./gateway.ts";
import { startReplica } from "./replica.ts";
import { type Revision, type ServiceEvent, serviceKey, type ServiceStatus } from "./revision.ts";
import type { RunRecords } from "./run-records.ts";
import { createServiceLog, type ServiceLog } from "./service-log.ts";
import type { Server } from "node:http";

/** All Knative Services of the runtime, at zero until asked for. */
export type Serving = {
  deliver: Deliver;
  /** A server that routes by Host; not yet listening. Each call makes one more. */
  gateway: () => Server;
  /** A server in front of one service, for processes that cannot resolve `*.localhost`. */
  door: (namespace: string, name: string) => Server;
  /**
   * Takes a revision in, once, before its first request. `names` are those of Services in its
   * namespace that lead to it; its own when absent.
   */
  add: (revision: Revision, names?: readonly string[]) => void;
  services: () => ServiceStatus[];
  /** Ends every process; what is in flight has `graceMs` to finish. Resolves when none is left. */
  close: (graceMs: number) => Promise<void>;
};

export function createServing(options: {
  records: RunRecords;
  logsFolder: string;
  /** For the addresses shown to people. */
  gatewayPort: () => number;
  onEvent: (event: ServiceEvent) => void;
}): Serving {
  const activators: Activator[] = [];
  const byName = new Map<string, Activator>();
  const logs: ServiceLog[] = [];
  const find = (namespace: string, name: string) => byName.get(serviceKey(namespace, name));
  const delivering = createDeliver(find);
  const visible = () => activators.filter(({ revision }) => !revision.clusterLocal);

  return {
    deliver: delivering.deliver,
    gateway: () =>
      createGateway({
        find: ({ namespace, service }) => find(namespace, service),
        hosts: () => visible().map(({ revision }) => hostOf(revision)),
      }),
    door: (namespace, name) => createServiceDoor(() => find(namespace, name)),
    add(revision, names = [revision.service]) {
      const { namespace, service } = revision;
      const log = createServiceLog(join(options.logsFolder, `${namespace}.${service}.log`));
      logs.push(log);
      const onLine = (from: "stdout" | "stderr", line: string) => {
        const shown = log.write(from, line);
        if (shown === null) return;
        options.onEvent({ time: new Date(), namespace, service, state: "log", ...shown });
      };
      const start = () => startReplica(revision, options.records, onLine);
      const activator = createActivator(revision, start, options.onEvent);
      activators.push(activator);
      for (const name of names) byName.set(serviceKey(namespace, name), activator);
      activator.open();
    },
    services: () =>
      activators.map((activator) => {
        const { revision } = activator;
        const url = `http://${hostOf(revision)}:${options.gatewayPort()}/`;
        return { ...activator.status(), ...(revision.clusterLocal ? {} : { url }) };
      }),
    async close(graceMs) {
      await Promise.all(activators.map((activator) => activator.close(graceMs)));
      delivering.close();
      await Promise.all(logs.map((log) => log.close()));
    },
  };
}

const hostOf = ({ service, namespace }: Revision): string => `${service}.${namespace}.localhost`;
