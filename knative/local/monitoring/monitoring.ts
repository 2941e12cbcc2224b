import { once } from "node:events";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import type { Door } from "../output.ts";
import type { Route } from "../serving/route.ts";
import type { RunRecords } from "../serving/run-records.ts";
import type { MonitoringPorts } from "./addresses.ts";
import { localAlertmanager, webhookServices } from "./alertmanager-config.ts";
import { paced, RULE_INTERVAL_SECONDS } from "./pace.ts";
import type { Programs } from "./programs.ts";
import { prometheusConfig } from "./prometheus-config.ts";
import { startServer } from "./server.ts";

export type MonitoringOptions = {
  programs: Programs;
  /** `prometheus/` of the project: `rules/*.yaml` and `alertmanager.yaml`. */
  filesFolder: string;
  /** For data and generated files. Emptied at the start. */
  stateFolder: string;
  logsFolder: string;
  /** Between two evaluations. Other than the rules' own 15 s, all their durations follow. */
  intervalSeconds: number;
  /** Free, and given back by whoever took them. */
  ports: MonitoringPorts;
  /** `host:port` of the simulated cluster. */
  target: string;
  /** A server in front of one service; not yet listening. */
  door: (namespace: string, name: string) => Server;
  records: RunRecords;
  onNote: (message: string) => void;
};

export type Monitoring = { doors: readonly Door[]; close(): Promise<void> };

/**
 * Starts the real Prometheus and Alertmanager on the simulated cluster, with the project's rules and
 * route. Resolves when both are ready; after a failure nothing is left running.
 * @throws StartError with what the program said when one does not start.
 */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { programs, stateFolder, logsFolder, records, onNote } = options;
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  // The cluster that was measured is gone. Alertmanager's log of notifications would even keep
  // alerts about the new one back for `repeat_interval`.
  rmSync(stateFolder, { recursive: true, force: true });
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  try {
    const { prometheus: prometheusPort, alertmanager: alertmanagerPort } = options.ports;
    const files = await writeFiles(options, alertmanagerPort, closers);
    const serve = async (name: string, port: number, command: readonly [string, ...string[]]) => {
      const onLost = (reason: string) => onNote(`${name} has ended: ${reason}`);
      const logFile = join(logsFolder, `${name}.log`);
      const server = await startServer({ name, command, port, logFile, records, onLost });
      closers.push(() => server.close());
    };
    const started = await Promise.allSettled([
      serve("alertmanager", alertmanagerPort, [
        programs.alertmanager,
        `--config.file=${files.alertmanager}`,
        `--storage.path=${join(stateFolder, "alertmanager-data")}`,
        `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
        `--web.external-url=http://localhost:${alertmanagerPort}`,
        // Alone: with a cluster the first notification waits 10 s for gossip.
        "--cluster.listen-address=",
      ]),
      serve("prometheus", prometheusPort, [
        programs.prometheus,
        `--config.file=${files.prometheus}`,
        `--storage.tsdb.path=${join(stateFolder, "prometheus-data")}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
        `--web.external-url=http://localhost:${prometheusPort}`,
      ]),
    ]);
    for (const one of started) if (one.status === "rejected") throw one.reason;
    return {
      doors: [
        { name: "Prometheus", url: `http://localhost:${prometheusPort}/` },
        { name: "Alertmanager", url: `http://localhost:${alertmanagerPort}/` },
      ],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes the configurations and opens the doors that the webhooks need. Answers their paths. */
async function writeFiles(
  options: MonitoringOptions,
  alertmanagerPort: number,
  closers: (() => void | Promise<void>)[],
): Promise<{ prometheus: string; alertmanager: string }> {
  const { filesFolder, stateFolder, intervalSeconds, target } = options;
  const factor = intervalSeconds / RULE_INTERVAL_SECONDS;
  const write = (name: string, text: string) => {
    const file = join(stateFolder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const sources = globSync(join(filesFolder, "rules", "*.yaml")).toSorted();
  const ruleFiles =
    factor === 1
      ? sources
      : sources.map((file) =>
          write(
            `rules-${basename(file)}`,
            stringify(paced(parse(readFileSync(file, "utf8")), factor)),
          ),
        );
  const route = readFileSync(join(filesFolder, "alertmanager.yaml"), "utf8");
  const addresses = new Map<string, string>();
  const keyOf = ({ namespace, service }: Route) => `${namespace}/${service}`;
  for (const service of webhookServices(route)) {
    if (addresses.has(keyOf(service))) continue;
    const door = options.door(service.namespace, service.service);
    closers.push(() => {
      door.close();
      door.closeAllConnections();
    });
    await once(door.listen(0, "127.0.0.1"), "listening");
    addresses.set(keyOf(service), `http://127.0.0.1:${(door.address() as AddressInfo).port}`);
  }
  const addressOf = (service: Route) => addresses.get(keyOf(service)) ?? "";
  return {
    alertmanager: write("alertmanager.yaml", localAlertmanager(route, addressOf, factor)),
    prometheus: write(
      "prometheus.yaml",
      prometheusConfig({
        ruleFiles,
        intervalSeconds,
        target,
        alertmanager: `127.0.0.1:${alertmanagerPort}`,
      }),
    ),
  };
}
