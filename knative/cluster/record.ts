import { kubectlJson } from "./kubectl.ts";
import { run } from "./run.ts";

const NAME = "vigie-added";
const NAMESPACE = "kube-system";
type Added = { data: { steps: string } };

/** The ids of the steps that cluster:up has begun here, and cluster:down may take away: `adding`, `added`. */
export async function added(): Promise<Map<string, string>> {
  const record = await kubectlJson<Added>("get", "cm", NAME, "-n", NAMESPACE, "-o", "json");
  const steps = JSON.parse(record?.data.steps ?? "{}") as Record<string, string>;
  return new Map(Object.entries(steps));
}

/** Writes them; none removes the record. */
export function record(steps: ReadonlyMap<string, string>): void {
  if (steps.size === 0) {
    run("kubectl", ["delete", "cm", NAME, "-n", NAMESPACE, "--ignore-not-found"]);
    return;
  }
  const data = { steps: JSON.stringify(Object.fromEntries(steps)) };
  const metadata = { name: NAME, namespace: NAMESPACE };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
  const args = [
    "apply",
    "--server-side",
    "--field-manager",
    "vigie-cluster",
    "--force-conflicts",
    "-f",
    "-",
  ];
  run("kubectl", args, JSON.stringify(object));
}
