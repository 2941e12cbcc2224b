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
   * Runs these revisions and no others: one that is new starts, one that ran before goes on, one
   * is gone answers what it has taken and ends (`onGone`: no process of it is left). A revision is
   * the same when it is the same object.
   */
  run: (revisions: readonly NamedRevision[], onGone?: (revision: Revision) => void) => void;
  services: () => ServiceStatus[];
  /** Ends every process; what is in flight has `graceMs` to finish. Resolves when none is left. */
  close: (graceMs: number) => Promise<void>;
};

/** `names` are those of Services in its namespace that lead to it; its own when absent. */
export type NamedRevision = { revision: Revision; names?: readonly string[] };

export function createServing(options: {
  records: RunRecords;
  logsFolder: string;
  /** For the addresses shown to people. */
  gatewayPort: () => number;
  onEvent: (event: ServiceEvent) => void;
}): Serving {
  let activators: Activator[] = [];
  const leaving = new Map<Activator, Promise<void>>();
  const byName = new Map<string, Activator>();
  /** By name: revisions of a service share one, or each would turn its pages by itself. */
  const logs = new Map<string, ServiceLog>();
  const find = (namespace: string, name: string) => byName.get(serviceKey(namespace, name));
  const delivering = createDeliver(find);
  const visible = () => activators.filter(({ revision }) => !revision.clusterLocal);

  function create(revision: Revision): Activator {
    const { namespace, service } = revision;
    const file = join(options.logsFolder, `${namespace}.${service}.log`);
    const log = logs.get(file) ?? createServiceLog(file);
    logs.set(file, log);
    const onLine = (from: "stdout" | "stderr", line: string) => {
      const shown = log.write(from, line);
      if (shown === null) return;
      options.onEvent({ time: new Date(), namespace, service, state: "log", ...shown });
    };
    const start = () => startReplica(revision, options.records, onLine);
    return createActivator(revision, start, options.onEvent);
  }

  return {
    deliver: delivering.deliver,
    gateway: () =>
      createGateway({
        find: ({ namespace, service }) => find(namespace, service),
        hosts: () => visible().map(({ revision }) => hostOf(revision)),
      }),
    door: (namespace, name) => createServiceDoor(() => find(namespace, name)),
    run(revisions, onGone) {
      const before = new Map(activators.map((activator) => [activator.revision, activator]));
      const fresh: Activator[] = [];
      byName.clear();
      activators = revisions.map(({ revision, names = [revision.service] }) => {
        let activator = before.get(revision);
        before.delete(revision);
        if (activator === undefined) fresh.push((activator = create(revision)));
        for (const name of names) byName.set(serviceKey(revision.namespace, name), activator);
        return activator;
      });
      for (const activator of before.values()) {
        leaving.set(
          activator,
          activator.drain().finally(() => {
            leaving.delete(activator);
            onGone?.(activator.revision);
          }),
        );
      }
      for (const activator of fresh) activator.open();
    },
    services: () =>
      activators.map((activator) => {
        const { revision } = activator;
        const url = `http://${hostOf(revision)}:${options.gatewayPort()}/`;
        return { ...activator.status(), ...(revision.clusterLocal ? {} : { url }) };
      }),
    async close(graceMs) {
      const all = [...activators, ...leaving.keys()];
      await Promise.all(all.map((activator) => activator.close(graceMs)));
      await Promise.all(leaving.values());
      delivering.close();
      await Promise.all([...logs.values()].map((log) => log.close()));
    },
  };
}

const hostOf = ({ service, namespace }: Revision): string => `${service}.${namespace}.localhost`;
