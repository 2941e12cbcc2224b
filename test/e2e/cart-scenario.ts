import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base, isInstalled, type Runtime, startIn } from "./runtime.ts";

/** Both servers of the real chain are on this machine: Debian's prometheus and its Alertmanager. */
export const hasPrometheus =
  isInstalled("prometheus") &&
  (isInstalled("prometheus-alertmanager") || isInstalled("alertmanager"));

/** The value of `scenario.vigie.dev/load` for the pod `shop/cart`. */
export const cartLoad = (cpuMillis: number) => ({
  app: { cpuMillis, memoryBytes: 32 * 2 ** 20 },
});

/** One pod, `shop/cart`, of a limit of 500m, which has opted in. */
function cartScenario(cpuMillis: number, labels: Record<string, string>) {
  const container = {
    name: "app",
    image: "nginx:1.29",
    requests: { cpu: "250m", memory: "128Mi" },
    limits: { cpu: "500m", memory: "256Mi" },
    load: cartLoad(cpuMillis).app,
  };
  const podLabels = { fogsla: "ok", ...labels };
  return {
    nodes: [{ name: "minikube" }],
    namespaces: [{ name: "default" }, { name: "shop" }, { name: "vigie" }],
    workloads: [
      { kind: "Pod", namespace: "shop", name: "cart", podLabels, containers: [container] },
    ],
  };
}

/** The runtime over that one pod, with a real Prometheus that looks each second. */
export async function startCart(
  cpuMillis: number,
  labels: Record<string, string> = {},
): Promise<Runtime> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-e2e-"));
  const manifests = join(folder, "manifests");
  cpSync(base, manifests, { recursive: true });
  const file = join(manifests, "resource-patch.yaml");
  const service = readFileSync(file, "utf8");
  const env = "          env:\n";
  assert.ok(service.includes(env));
  // A busy machine is no missing history.
  const patience = '            - { name: PROMETHEUS_TIMEOUT_MS, value: "10000" }\n';
  writeFileSync(file, service.replace(env, env + patience));
  // YAML reads JSON.
  const scenario = JSON.stringify(cartScenario(cpuMillis, labels));
  writeFileSync(join(folder, "scenario.yaml"), scenario);
  const paced = ["--prometheus", "on", "--prometheus-interval", "1"];
  const given = ["-f", "manifests", "--scenario", "scenario.yaml"];
  return await startIn(folder, "--no-clock", "--window", "6", ...given, ...paced);
}
