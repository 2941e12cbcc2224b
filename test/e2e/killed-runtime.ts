import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Runtime, startIn, waitFor } from "./runtime.ts";

const TRIGGERS = ["one", "two", "three"];
const SENDERS = 30;

/** What came of events whose runtime was killed meanwhile. */
export type KillFigures = {
  accepted: number;
  /** Of all triggers together. */
  delivered: number;
  lost: number;
  /** Deliveries beyond the first of an event to a trigger. */
  duplicates: number;
};

/**
 * Posts events to `npm run dev`, kills it with SIGKILL at half of them, starts it again, posts the
 * rest, and waits until each trigger has had each event that was answered 202.
 */
export async function killInTheMiddle(events: number): Promise<KillFigures> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-kill-"));
  const counts = new Map(TRIGGERS.map((name) => [name, new Map<string, number>()]));
  const subscriber = createServer((incoming, response) => {
    const of = counts.get(incoming.url?.slice(1) ?? "");
    const id = String(incoming.headers["ce-id"]);
    incoming.resume().once("end", () => {
      of?.set(id, (of.get(id) ?? 0) + 1);
      response.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(subscriber, "listening");
  const manifests = join(folder, "kill.yaml");
  // A port that was free may have become a client's meanwhile: another try has other ports.
  const startOnce = () => startIn(folder, "-f", manifests, "--no-clock");
  const write = () => writeManifests(folder, manifests, (subscriber.address() as AddressInfo).port);
  const start = () => startOnce().catch(() => (write(), startOnce()));

  const accepted = new Set<string>();
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  let next = 0;
  const sendUntilRefused = async (runtime: Runtime): Promise<void> => {
    const sender = async () => {
      while (next < events) {
        const id = String(next++);
        const status = await postEvent(runtime.brokerPort, id, agent);
        if (status === null) return;
        if (status === 202) accepted.add(id);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
  };
  let runtime: Runtime | null = null;
  try {
    write();
    runtime = await start();
    const sending = sendUntilRefused(runtime);
    await waitFor("half of them", () => accepted.size >= events / 2, 60_000);
    const exited = once(runtime.process, "exit");
    runtime.process.kill("SIGKILL");
    await Promise.all([exited, sending]);
    runtime = await startOnce();
    await sendUntilRefused(runtime);
    const missing = () =>
      [...counts.values()].reduce(
        (sum, of) => sum + [...accepted].filter((id) => !of.has(id)).length,
        0,
      );
    await waitFor("every event at every trigger", () => missing() === 0, 60_000).catch(() => {});
    const all = [...counts.values()].flatMap((of) => [...of.values()]);
    const delivered = all.reduce((sum, count) => sum + count, 0);
    return {
      accepted: accepted.size,
      delivered,
      lost: missing(),
      duplicates: delivered - all.length,
    };
  } finally {
    await runtime?.stop();
    agent.destroy();
    subscriber.close();
    subscriber.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder, too: a runtime that did not start has taken it away. */
function writeManifests(folder: string, file: string, port: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, yaml(port));
}

/** The status; null when nobody answers. */
function postEvent(port: number, id: string, agent: Agent): Promise<number | null> {
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": id,
    "ce-source": "/kill",
    "ce-type": "dev.vigie.kill.counted.v1",
    "content-type": "application/json",
  };
  return new Promise((done) => {
    const path = "/kill/default";
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent });
    sent.once("error", () => done(null));
    sent.once("response", (response) => {
      response.resume().once("close", () => done(response.statusCode ?? null));
    });
    sent.end(JSON.stringify({ text: "x".repeat(200) }));
  });
}

function yaml(port: number): string {
  const metadata = (name: string) => `metadata: { name: ${name}, namespace: kill }`;
  const triggers = TRIGGERS.map(
    (name) => `---
apiVersion: eventing.knative.dev/v1
kind: Trigger
${metadata(name)}
spec: { broker: default, subscriber: { uri: "http://127.0.0.1:${port}/${name}" } }
`,
  );
  return `apiVersion: eventing.knative.dev/v1\nkind: Broker\n${metadata("default")}\n${triggers.join("")}`;
}
