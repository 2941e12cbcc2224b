import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { podName } from "../big-pods.ts";
import { type Client, createNodeClient, createUndiciClient } from "./client.ts";
import { createMessages } from "./messages.ts";

/**
 * One process of the empty route: `child.ts ROLE CLIENT PORTS [URL…]`. It takes requests and sends
 * the next ones, with a fact's number in a header, and looks at nothing else.
 */
const [role = "", client = "", ports = "", ...urls] = process.argv.slice(2);
const [port = "", gatewayPort = ""] = ports.split(",");

/** As many as our sink, our broker and our Kubernetes client have under way. */
const SINK_AT_ONCE = 16;
const TRIGGER_AT_ONCE = 100;
const KUBE_AT_ONCE = 16;
/** Our pools and agents have no limit of their own. */
const UNLIMITED = 8_000;

const KEEP_ALIVE = { keepAliveTimeout: 0 };
const messages = createMessages();
const alert = { ...messages.alert, body: toBuffer(messages.alert.body) };
const load = { ...messages.load, body: toBuffer(messages.load.body) };

/** `ours`: undici where ours uses it, which is the broker alone; `undici`: everywhere. */
function connect(url: string | undefined, atOnce: number, isOurs: "node" | "undici"): Client {
  const origin = new URL(url ?? "");
  return client === "undici" || isOurs === "undici"
    ? createUndiciClient(origin, atOnce)
    : createNodeClient(origin, atOnce);
}

const roles: Record<string, () => Promise<void>> = {
  async "alert-source"() {
    const broker = connect(urls[0], SINK_AT_ONCE, "node");
    const answer = JSON.stringify({ accepted: 1, truncated: 0 });
    await serve(port, async (incoming, outgoing) => {
      await collect(incoming);
      const headers = [...alert.headers, ...numberOf(incoming)];
      const { status } = await broker({
        method: "POST",
        path: "/vigie/default",
        headers,
        body: alert.body,
      });
      reply(outgoing, status === 202 ? 200 : 503, answer);
    });
  },

  async "alert-handle"() {
    const kube = connect(urls[0], KUBE_AT_ONCE, "node");
    const { accept, contentType, body } = messages.patch;
    const round = Date.now().toString(36);
    // Each round writes something new: what changes nothing costs the API server less.
    const patch = Buffer.from(
      body.replace('"labels":{', `"labels":{"empty.dev/round":"${round}",`),
    );
    const reading = ["accept", accept, "user-agent", "vigie/1"];
    const writing = [
      ...reading,
      "content-type",
      contentType,
      "content-length",
      String(patch.length),
    ];
    await serve(port, async (incoming, outgoing) => {
      await collect(incoming);
      const { namespace, name } = podName(Number(incoming.headers["x-fact"]));
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      // A repeat is read, for nothing is to be written, and answered again.
      const isRepeat = incoming.headers["x-repeat"] === "1";
      const { status } = await kube(
        isRepeat
          ? { method: "GET", path, headers: reading, body: null }
          : { method: "PATCH", path, headers: writing, body: patch },
      );
      // 404: the storm has deleted it.
      if (status !== 200 && status !== 404) throw new Error(`the API answered ${status}`);
      outgoing.writeHead(200, load.headers).end(load.body);
    });
  },

  async console() {
    await serve(port, async (incoming, outgoing) => {
      await collect(incoming);
      outgoing.writeHead(204).end();
    });
  },

  /** The gateway and the broker, in one process as ours are. */
  async runtime() {
    const [source, handle, console] = urls;
    const passed = client === "undici" ? connect(source, UNLIMITED, "undici") : null;
    const agent = new Agent({ keepAlive: true, maxSockets: UNLIMITED });
    const toHandle = connect(handle, UNLIMITED, "undici");
    const toConsole = connect(console, UNLIMITED, "undici");
    let handled = 0;
    let inFlight = 0;
    const waiting: string[][] = [];

    const deliver = async (number: string[]): Promise<void> => {
      const headers = [...alert.headers, ...number];
      const { body } = await toHandle({ method: "POST", path: "/", headers, body: alert.body });
      await toConsole({ method: "POST", path: "/", headers: load.headers, body });
      handled += 1;
    };
    const pump = (): void => {
      while (inFlight < TRIGGER_AT_ONCE) {
        const number = waiting.shift();
        if (number === undefined) return;
        inFlight += 1;
        void deliver(number).finally(() => {
          inFlight -= 1;
          pump();
        });
      }
    };

    await serve(port, async (incoming, outgoing) => {
      if (incoming.method === "GET") return reply(outgoing, 200, String(handled));
      await collect(incoming);
      outgoing.writeHead(202, ["content-length", "0"]).end();
      waiting.push(numberOf(incoming));
      pump();
    });
    const { hostname, port: sourcePort } = new URL(source ?? "");
    await serve(gatewayPort, async (incoming, outgoing) => {
      const { method = "", url = "", rawHeaders } = incoming;
      if (passed !== null) {
        const body = await collect(incoming);
        const answer = await passed({ method, path: url, headers: kept(rawHeaders), body });
        return reply(outgoing, answer.status, answer.body);
      }
      const upstream = request(
        { hostname, port: sourcePort, method, path: url, headers: rawHeaders, agent },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(upstream);
      await once(outgoing, "finish");
    });
  },
};

await roles[role]?.();
process.stdout.write("ready\n");

function serve(
  at: string,
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
): Promise<void> {
  const server = createServer(KEEP_ALIVE, (incoming, outgoing) => {
    // A fault ends the process: an empty route that loses something has measured nothing.
    void answer(incoming, outgoing);
  });
  return new Promise((done) => server.listen(Number(at), "127.0.0.1", done));
}

function collect(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => done(Buffer.concat(chunks)));
  });
}

function reply(outgoing: ServerResponse, status: number, body: string | Buffer): void {
  const length = String(Buffer.byteLength(body));
  const headers = ["content-type", "application/json", "content-length", length];
  outgoing.writeHead(status, headers).end(body);
}

function numberOf({ headers }: IncomingMessage): string[] {
  const { "x-fact": fact = "", "x-repeat": repeat = "" } = headers;
  return ["x-fact", String(fact), "x-repeat", String(repeat)];
}

/** undici writes the header of the connection itself. */
function kept(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter(
    (_, at) => (rawHeaders[at - (at % 2)] ?? "").toLowerCase() !== "connection",
  );
}

function toBuffer(body: string | Buffer | undefined): Buffer {
  return Buffer.from(body ?? "");
}
