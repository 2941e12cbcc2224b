import { once } from "node:events";
import {
  type IncomingHttpHeaders,
  createServer,
  type Server,
  type ServerResponse,
} from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Brokers,
  type BrokersOptions,
  createBrokers,
} from "../../../../knative/local/broker/brokers.ts";
import type { Delivery, Refusal } from "../../../../knative/local/broker/delivery.ts";
import type { Deliver } from "../../../../knative/local/broker/target.ts";
import type { Located } from "../../../../knative/local/manifests/load.ts";
import { readYamlFile } from "../../../../knative/local/manifests/yaml-file.ts";
import { readWiring, type Wiring } from "../../../../knative/local/manifests/wiring.ts";
import { addressablesOf } from "../../../../knative/local/addressables.ts";
import { resolve } from "../../../../knative/local/serving/resolve.ts";
import type { Fault } from "../../../../knative/local/manifests/fault.ts";
import { writeFileSync } from "node:fs";

export type Received = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

/** A subscriber of its own: a real server that keeps what it got. */
export type Subscriber = { url: string; received: Received[]; close(): Promise<void> };

export async function startSubscriber(
  respond: (request: Received, response: ServerResponse, count: number) => void,
): Promise<Subscriber> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      const one = { method, url, headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      respond(one, response, received.length);
    });
  });
  return { url: `${await listen(server)}/`, received, close: () => stop(server) };
}

/**
 * Where connections are refused as long as it is open. Its port is that of a connection going out: a
 * port that was only free a moment ago may be another test's server by now.
 */
export async function startNobody(): Promise<Omit<Subscriber, "received">> {
  const server = createServer();
  const { port } = new URL(await listen(server));
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  return {
    url: `http://127.0.0.1:${socket.localPort}/`,
    async close() {
      socket.destroy();
      await stop(server);
    },
  };
}

/** POSTs with fetch: answers as they are, redirects not followed. */
const deliver: Deliver = async ({ target, headers, body, signal }) => {
  if (target.kind !== "url") throw new Error(`no ${target.kind} in these tests`);
  const response = await fetch(target.url, {
    method: "POST",
    headers,
    body,
    signal,
    redirect: "manual",
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
    start: null,
  };
};

export type Running = {
  brokers: Brokers;
  url: string;
  deliveries: Delivery[];
  refusals: Refusal[];
  close(): Promise<void>;
};

/** Brokers behind a real server, from YAML. `uri` destinations only. */
export async function startBrokers(
  yaml: string,
  store: BrokersOptions["store"],
  more: Partial<BrokersOptions> = {},
): Promise<Running> {
  const wiring = await wire(yaml);
  const { brokers: specs, triggers, channels, subscriptions } = wiring;
  const addressables = addressablesOf(wiring);
  const deliveries: Delivery[] = [];
  const refusals: Refusal[] = [];
  const brokers = createBrokers({
    brokers: specs,
    triggers,
    channels,
    subscriptions,
    resolve({ ref, uri }) {
      if (ref !== undefined && /^(messaging|flows)\./.test(ref.apiVersion)) {
        return resolve({ ref }, addressables);
      }
      if (ref?.kind === "Broker") {
        return { kind: "broker", namespace: ref.namespace, name: ref.name, path: "/" };
      }
      if (uri === undefined) throw new Error("there is no such service");
      return { kind: "url", url: uri };
    },
    deliver,
    store,
    onDelivery: (line) => deliveries.push(line),
    onRefused: (line) => refusals.push(line),
    ...more,
  });
  const server = createServer((request, response) => brokers.handle(request, response));
  const url = await listen(server);
  return {
    brokers,
    url,
    deliveries,
    refusals,
    async close() {
      await brokers.close();
      await stop(server);
    },
  };
}

/** Reads YAML as from a file. */
export async function wire(yaml: string): Promise<Wiring> {
  const folder = temporaryFolder();
  const file = join(folder, "test.yaml");
  writeFileSync(file, yaml);
  const faults: Fault[] = [];
  const located: Located[] = await readYamlFile(file, faults);
  rmSync(folder, { recursive: true });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return readWiring(located);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "vigie-broker-"));
}

export function post(
  url: string,
  attributes: Readonly<Record<string, string>>,
  body: string | Buffer = "{}",
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const ce = Object.entries({ specversion: "1.0", id: "1", source: "/test", ...attributes });
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...Object.fromEntries(ce.map(([name, value]) => [`ce-${name}`, value])),
      ...headers,
    },
    body,
  });
}

/** Polls until `fact` holds; fails by name. */
export async function until(name: string, fact: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!fact()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${name}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

/** A broker called `default` in `test`, with what goes below its `spec`. */
export function brokerYaml(delivery = "", annotations = ""): string {
  return `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default, namespace: test, annotations: {${annotations}} }
spec: {${delivery === "" ? "" : `delivery: {${delivery}}`}}
---
`;
}

export function triggerYaml(name: string, uri: string, more = "", broker = "default"): string {
  return `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: ${name}, namespace: test }
spec:
  broker: ${broker}
  subscriber: { uri: "${uri}" }
${more
  .split("\n")
  .map((line) => `  ${line}`)
  .join("\n")}
---
`;
}
