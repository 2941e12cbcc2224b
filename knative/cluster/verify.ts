import { request } from "node:http";
import { once } from "node:events";
import { kubectlJson } from "./kubectl.ts";
import { readOptions } from "../../shared/command-options.ts";

/**
 * `npm run cluster:verify [-- --gateway-port 8081]`: posts the alert that shop/checkout is at 92 %
 * of its CPU limit, as Alertmanager does, and waits until the pod is labelled, is larger, and runs
 * so, with no restart; then resolves it. Prints PASS or FAIL; exit code 0 or 1. Acts on kubectl's
 * context, through Kourier's door on this machine.
 */
const { values } = readOptions("npm run cluster:verify -- [options]", {
  options: {
    "gateway-port": { type: "string", default: "8081" },
    "timeout-seconds": { type: "string", default: "120" },
  },
});
const POLL_MS = 500;
const startsAt = new Date().toISOString();

type Resources = { limits?: { cpu?: string } };
type Pod = {
  metadata: { name: string; uid: string; labels: Record<string, string> };
  spec: { containers: { resources: Resources }[] };
  status: { phase: string; containerStatuses?: { restartCount: number; resources?: Resources }[] };
};

async function checkout(uid?: string): Promise<Pod | undefined> {
  const list = await kubectlJson<{ items: Pod[] }>(
    "get",
    "pods",
    "-n",
    "shop",
    "-l",
    "app=checkout",
    "-o",
    "json",
  );
  return list?.items.find(
    ({ metadata, status }) =>
      status.phase === "Running" && (uid === undefined || metadata.uid === uid),
  );
}

/** The token that alert-source asks for; null where it asks for none. */
async function readToken(): Promise<string | null> {
  const secret = await kubectlJson<{ data: { token: string } }>(
    "get",
    "secret",
    "alert-source-token",
    "-n",
    "vigie",
    "-o",
    "json",
  );
  return secret === null ? null : Buffer.from(secret.data.token, "base64").toString("utf8").trim();
}

/** The status of the answer. */
async function post(pod: string, status: "firing" | "resolved"): Promise<number> {
  const port = values["gateway-port"];
  const token = await readToken();
  const labels = {
    alertname: "PodLoadHigh",
    load: "high",
    resource: "cpu",
    namespace: "shop",
    pod,
  };
  const alert = {
    status,
    startsAt,
    endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : new Date().toISOString(),
    labels,
    annotations: { ratio: "0.92" },
  };
  // By its Host, not by its name: not every resolver knows *.localhost.
  const outgoing = request(`http://127.0.0.1:${port}/alerts`, {
    method: "POST",
    headers: {
      host: `alert-source.vigie.localhost:${port}`,
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  outgoing.end(JSON.stringify({ version: "4", status, alerts: [alert] }));
  const [answer] = (await once(outgoing, "response")) as [{ statusCode: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
}

const cpu = ({ spec }: Pod): string | undefined => spec.containers[0]?.resources.limits?.cpu;
const running = ({ status }: Pod) => status.containerStatuses?.[0];

/** Null when it is as it should be. */
async function verify(): Promise<string | null> {
  const before = await checkout();
  if (before === undefined) return "there is no running pod app=checkout in the namespace shop";
  const status = await post(before.metadata.name, "firing").catch((error: Error) => error.message);
  if (status !== 200 && status !== 202) return `alert-source answered ${status}`;
  process.stdout.write(`posted: shop/${before.metadata.name} at 92 % of ${cpu(before)}\n`);
  const deadline = Date.now() + Number(values["timeout-seconds"]) * 1000;
  let missing = "";
  while (Date.now() < deadline) {
    const now = await checkout(before.metadata.uid);
    if (now === undefined) return "the pod was replaced, not resized in place";
    if (running(now)?.restartCount !== running(before)?.restartCount) return "it was restarted";
    if (now.metadata.labels["vigie.dev/load"] !== "high") missing = "the label vigie.dev/load=high";
    else if (cpu(now) === cpu(before)) missing = `another limit than ${cpu(before)}`;
    else if (running(now)?.resources?.limits?.cpu !== cpu(now))
      missing = "the kubelet's word for it";
    else {
      process.stdout.write(`labelled high, resized ${cpu(before)} → ${cpu(now)}, no restart\n`);
      // An alert that is on already would change nothing the next time.
      await post(now.metadata.name, "resolved");
      return null;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  return `waited ${values["timeout-seconds"]} s in vain for ${missing}`;
}

const fault = await verify();
process.stdout.write(fault === null ? "PASS\n" : `FAIL: ${fault}\n`);
process.exitCode = fault === null ? 0 : 1;
