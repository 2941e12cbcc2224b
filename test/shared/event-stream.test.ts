import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createEventStream,
  type EventStream,
  type StreamEvent,
} from "../../shared/event-stream.ts";

/** Serves one stream on a free port. */
async function listen(stream: EventStream, first: readonly StreamEvent[] = []): Promise<Server> {
  const server = createServer((request, response) => {
    try {
      stream.open(request, response, first);
    } catch {
      response.writeHead(503).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function watch(server: Server): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const request = get({ host: "127.0.0.1", port, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response.setEncoding("utf8");
}

/** Reads until `pattern` is there, or the test's own time-out ends it. */
function readUntil(response: IncomingMessage, pattern: RegExp): Promise<string> {
  return new Promise((done) => {
    let text = "";
    // One listener for all that comes: two pieces may come in the same turn.
    const read = (chunk: string): void => {
      text += chunk;
      if (!pattern.test(text)) return;
      response.off("data", read);
      done(text);
    };
    response.on("data", read);
  });
}

describe("event stream", () => {
  const servers: Server[] = [];
  const serve = async (stream: EventStream, first?: readonly StreamEvent[]): Promise<Server> => {
    const server = await listen(stream, first);
    servers.push(server);
    return server;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("sends the retry time and the first events at once, then what comes", async () => {
    const stream = createEventStream();
    const server = await serve(stream, [{ event: "snapshot", id: "7", data: { a: "x\ny" } }]);
    const response = await watch(server);
    assert.equal(response.headers["content-type"], "text/event-stream; charset=utf-8");
    const first = await readUntil(response, /data: .*\n\n/);
    assert.equal(first, 'retry: 2000\n\nevent: snapshot\nid: 7\ndata: {"a":"x\\ny"}\n\n');
    stream.send({ event: "entries", id: "8", data: [1] });
    assert.equal(await readUntil(response, /\n\n/), "event: entries\nid: 8\ndata: [1]\n\n");
  });

  it("breaks no frame for a line break in an id", async () => {
    const stream = createEventStream();
    const server = await serve(stream, [{ event: "e", id: "1\ndata: forged", data: 0 }]);
    const text = await readUntil(await watch(server), /data: 0\n\n/);
    assert.ok(text.includes("id: 1 data: forged\n"));
  });

  it("sends a comment now and then, so that proxies keep it open", async () => {
    const stream = createEventStream({ heartbeatMs: 5 });
    const text = await readUntil(await watch(await serve(stream)), /(: still here\n\n){1}/);
    assert.ok(text.includes(": still here\n\n"));
  });

  it("forgets a watcher that has left", async () => {
    const stream = createEventStream();
    const response = await watch(await serve(stream));
    assert.equal(stream.watchers, 1);
    response.destroy();
    while (stream.watchers > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("ends every stream when it is closed", async () => {
    const stream = createEventStream();
    const response = await watch(await serve(stream));
    stream.close();
    response.resume();
    await once(response, "end");
  });

  it("cuts a watcher that does not read", async () => {
    const stream = createEventStream();
    const response = await watch(await serve(stream));
    response.pause();
    const data = "x".repeat(256 * 1024);
    for (let sent = 0; stream.watchers > 0; sent += 1) {
      assert.ok(sent < 200, "still not cut");
      stream.send({ event: "e", id: "1", data });
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it("takes a hundred watchers and refuses the next", async () => {
    const stream = createEventStream();
    const server = await serve(stream);
    await Promise.all(Array.from({ length: 100 }, () => watch(server)));
    assert.equal((await watch(server)).statusCode, 503);
  });
});
