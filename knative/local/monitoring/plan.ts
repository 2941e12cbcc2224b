import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceKey } from "../serving/revision.ts";
import { StartError } from "../start-error.ts";
import { webhookServices } from "./alertmanager-config.ts";
import { findPrograms, type Programs } from "./programs.ts";

/** What is started, and what the user is told. */
export type MonitoringPlan = { programs: Programs | null; note: string | null };

/**
 * Whether the real Prometheus and Alertmanager run: `services` are those of the manifests, by
 * `<namespace>/<name>`, where the webhooks must lead.
 * @throws StartError when `on` is asked for and cannot be.
 */
export function planMonitoring(
  mode: "off" | "auto" | "on",
  filesFolder: string,
  services: ReadonlySet<string>,
  path: string = process.env["PATH"] ?? "",
): MonitoringPlan {
  if (mode === "off") return { programs: null, note: null };
  const found = findPrograms(path);
  if ("missing" in found) return without(found.missing);
  const route = readFileSync(join(filesFolder, "alertmanager.yaml"), "utf8");
  const lost = webhookServices(route)
    .map(({ namespace, service }) => serviceKey(namespace, service))
    .filter((key) => !services.has(key));
  if (lost.length === 0) return { programs: found, note: null };
  return without(`the manifests have no service ${lost.join(", ")}, which the alerts go to`);

  function without(reason: string): MonitoringPlan {
    if (mode === "on") throw new StartError([`--prometheus on: ${reason}`]);
    return { programs: null, note: `no Prometheus: ${reason}` };
  }
}
