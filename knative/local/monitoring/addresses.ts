import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceKey } from "../serving/revision.ts";
import { webhookServices } from "./alertmanager-config.ts";

/** On 127.0.0.1. */
export type MonitoringPorts = { prometheus: number; alertmanager: number };

/**
 * What a service is told of the two servers: those that Alertmanager's route leads to get both
 * addresses, to read from them what a webhook has lost. Nothing for the others.
 */
export function monitoringEnv(
  filesFolder: string,
  ports: MonitoringPorts,
): (namespace: string, name: string) => Readonly<Record<string, string>> {
  const route = readFileSync(join(filesFolder, "alertmanager.yaml"), "utf8");
  const receivers = new Set(
    webhookServices(route).map(({ namespace, service }) => serviceKey(namespace, service)),
  );
  const env = {
    ALERTMANAGER_URL: `http://127.0.0.1:${ports.alertmanager}`,
    PROMETHEUS_URL: `http://127.0.0.1:${ports.prometheus}`,
  };
  return (namespace, name) => (receivers.has(serviceKey(namespace, name)) ? env : {});
}
