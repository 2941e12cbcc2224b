import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceKey } from "../serving/revision.ts";
import { webhookServices } from "./alertmanager-config.ts";

/** On 127.0.0.1. */
export type MonitoringPorts = { prometheus: number; alertmanager: number };

/**
 * What a service is told of the two servers: those that Alertmanager's route leads to get both
 * addresses, to read from them what a webhook has lost; their neighbours that of Prometheus, for
 * usage. Nothing for other namespaces.
 */
export function monitoringEnv(
  filesFolder: string,
  ports: MonitoringPorts,
): (namespace: string, name: string) => Readonly<Record<string, string>> {
  const route = readFileSync(join(filesFolder, "alertmanager.yaml"), "utf8");
  const services = webhookServices(route);
  const receivers = new Set(
    services.map(({ namespace, service }) => serviceKey(namespace, service)),
  );
  const namespaces = new Set(services.map(({ namespace }) => namespace));
  const forUsage = { PROMETHEUS_URL: `http://127.0.0.1:${ports.prometheus}` };
  const forBoth = { ...forUsage, ALERTMANAGER_URL: `http://127.0.0.1:${ports.alertmanager}` };
  return (namespace, name) => {
    if (receivers.has(serviceKey(namespace, name))) return forBoth;
    return namespaces.has(namespace) ? forUsage : {};
  };
}
