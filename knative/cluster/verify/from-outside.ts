import { fileURLToPath } from "node:url";
import { readOptions } from "../../../shared/command-options.ts";
import { kubectlJson } from "../kubectl.ts";
import { run } from "../run.ts";
import { type Pod, TARGET } from "./target-pod.ts";
import { verifyFlow } from "./verify-flow.ts";

/**
 * `npm run cluster:verify [-- --gateway-port 8081]`: deploys a pod to alert about, posts that it is
 * at 92 % of its CPU limit, as Alertmanager does, and waits until it is labelled, is larger, and
 * runs so, with no restart; then resolves it. Prints PASS or FAIL; exit code 0 or 1. Acts on
 * kubectl's context, through Kourier's door on this machine. The pod goes again where it passed.
 */
const { values } = readOptions("npm run cluster:verify -- [options]", {
  options: {
    "gateway-port": { type: "string", default: "8081" },
    "timeout-seconds": { type: "string", default: "120" },
  },
});
const MANIFEST = fileURLToPath(
  new URL("../../overlays/minikube/verify/target.yaml", import.meta.url),
);
const POLL_MS = 500;

async function listPods(): Promise<readonly Pod[]> {
  const where = ["-n", TARGET.namespace, "-l", TARGET.selector];
  const list = await kubectlJson<{ items: Pod[] }>("get", "pods", ...where, "-o", "json");
  // No answer is not an empty one, which would say that the pod has gone.
  if (list === null) throw new Error("kubectl cannot read the pods of the shop");
  return list.items;
}

/** The token that alert-source asks for; null where it asks for none. */
async function readToken(): Promise<string | null> {
  const what = ["get", "secret", "alert-source-token", "-n", "vigie", "-o", "json"];
  const secret = await kubectlJson<{ data: { token: string } }>(...what);
  return secret === null ? null : Buffer.from(secret.data.token, "base64").toString("utf8").trim();
}

function remove(): void {
  run("kubectl", ["delete", "--ignore-not-found", "-f", MANIFEST]);
}

async function verify(): Promise<string | null> {
  // What an earlier one has left may have been resized: it would be cooling down.
  remove();
  run("kubectl", ["apply", "-f", MANIFEST]);
  const port = values["gateway-port"];
  const token = await readToken();
  // By its Host, not by its name: not every resolver knows *.localhost.
  const door = {
    url: `http://127.0.0.1:${port}/alerts`,
    host: `alert-source.vigie.localhost:${port}`,
    token,
  };
  const fault = await verifyFlow({
    listPods,
    door: () => Promise.resolve(door),
    say: (line) => process.stdout.write(`${line}\n`),
    timeoutMs: Number(values["timeout-seconds"]) * 1000,
    pollMs: POLL_MS,
  });
  if (fault === null) remove();
  return fault;
}

const fault = await verify().catch((error: Error) => error.message);
process.stdout.write(fault === null ? "PASS\n" : `FAIL: ${fault}\n`);
process.exitCode = fault === null ? 0 : 1;
