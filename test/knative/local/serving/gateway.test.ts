import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request, type Server } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createSinkBinder } from "../../../../knative/local/bound-sinks.ts";
import { listenOnLoopback } from "../../../../knative/local/serving/listen.ts";
import type { Revision } from "../../../../knative/local/serving/revision.ts";
import { createRunRecords } from "../../../../knative/local/serving/run-records.ts";
import {
  createServing,
  type NamedRevision,
  type Serving,
} from "../../../../knative/local/serving/serving.ts";
import { ask, ECHO, never, rules, until, Workshop } from "./programs.ts";

const STREAM = `
require("node:http").createServer((req, res) => {
  res.writeHead(200, { "content-type": "text/event-stream" });
  let n = 0;
  const timer = setInterval(() => res.write("data: " + (n += 1) + "\\n\\n"), 20);
  res.on("close", () => { clearInterval(timer); process.stderr.write("client left\\n"); });
}).listen(process.env.PORT);
process.once("SIGTERM", () => process.exit(0));
`;
const SOCKET = `
const server = require("node:http").createServer((req, res) => res.end("plain"));
server.on("upgrade", (req, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n");
  socket.pipe(socket);
});
server.listen(process.env.PORT);
`;

type Asked = Awaited<ReturnType<typeof ask>>;

describe("gateway", () => {
  let workshop: Workshop;
  let serving: Serving;
  let revisions: NamedRevision[];
  let servers: Server[];
  let port: number;
  beforeEach(async () => {
    workshop = new Workshop();
    revisions = [];
    serving = createServing({
      records: await createRunRecords(join(workshop.folder, "run")),
      logsFolder: join(workshop.folder, "logs"),
      gatewayPort: () => port,
      onEvent: (event) => workshop.events.push(event),
    });
    servers = [serving.gateway(), serving.gateway()];
    port = await listenOnLoopback(servers[0] as Server, servers[1] as Server, 0);
  });
  afterEach(async () => {
    await serving.close(200);
    for (const server of servers) server.close();
    for (const server of servers) server.closeAllConnections();
    await workshop.end();
  });
  const add = (source: string, overrides: Partial<Revision> = {}) => {
    revisions.push({ revision: workshop.revision(source, overrides) });
    serving.run(revisions);
  };
  const host = "echo.lab.localhost";
  const bodyOf = (seen: { body: string }) =>
    JSON.parse(seen.body) as { body: string; url: string; headers: string[]; method: string };

  it("wakes the service that the Host header names, whatever its case and port", async () => {
    add(ECHO);
    const seen = await ask(port, {
      host: `ECHO.lab.localhost.:${port}`,
      path: "/a?b=%20",
      method: "PUT",
      body: "hi",
    });
    assert.equal(seen.status, 200);
    const { url, method, body } = bodyOf(seen);
    assert.deepEqual([url, method, body], ["/a?b=%20", "PUT", "hi"]);
    assert.equal(serving.services()[0]?.url, `http://${host}:${port}/`);
  });

  it("goes by the host of a target in absolute-form, whatever the Host header says", async () => {
    add(ECHO);
    const path = `http://${host}:${port}/a?b=1`;
    const { url, headers } = bodyOf(await ask(port, { host: "elsewhere", path }));
    assert.equal(url, "/a?b=1");
    const at = headers.findIndex((name) => name.toLowerCase() === "host");
    assert.equal(headers[at + 1], `${host}:${port}`);
    const wrong = await ask(port, { host, path: "http://elsewhere/a" });
    assert.equal(wrong.status, 404);
  });

  it("answers 404 with the hosts there are to another", async () => {
    add(ECHO);
    add(ECHO, { service: "hidden", clusterLocal: true });
    for (const wrong of ["localhost", "hidden.lab.localhost", "../etc.lab.localhost"]) {
      const { status, body } = await ask(port, { host: wrong });
      assert.equal(status, 404);
      assert.match(body, /UNKNOWN_HOST.*there are: echo\.lab\.localhost"/);
    }
    assert.equal(workshop.events.length, 0);
  });

  it("drops what belongs to one connection and says who asked", async () => {
    add(ECHO);
    const { headers } = bodyOf(
      await ask(port, {
        host,
        headers: {
          connection: "x-mine, keep-alive",
          "x-mine": "1",
          te: "trailers",
          "proxy-authorization": "secret",
          "x-forwarded-for": "6.6.6.6",
          "x-kept": "yes",
        },
      }),
    );
    const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    for (const dropped of ["x-mine", "te", "proxy-authorization"])
      assert.ok(!names.includes(dropped));
    const value = (name: string) => headers[names.indexOf(name) * 2 + 1];
    assert.equal(value("x-kept"), "yes");
    assert.equal(value("host"), host);
    assert.equal(value("x-forwarded-for"), "127.0.0.1");
    assert.equal(value("x-forwarded-host"), host);
  });

  it("streams a large body up and down without a length", async () => {
    add(`require("node:http").createServer((req, res) => req.pipe(res)).listen(process.env.PORT)`);
    const outgoing = request({
      host: "127.0.0.1",
      port,
      method: "POST",
      headers: { host },
      agent: false,
    });
    const block = "x".repeat(65_536);
    const sent = (async () => {
      for (let i = 0; i < 100; i += 1) {
        if (!outgoing.write(block)) await once(outgoing, "drain");
      }
      outgoing.end();
    })();
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    assert.equal((await text(response)).length, 100 * 65_536);
    await sent;
  });

  it("passes server-sent events on as they come, stays awake for them, and sleeps when the page is closed", async () => {
    add(STREAM, { scale: rules({ stableWindowMs: 60 }) });
    const outgoing = request({ host: "127.0.0.1", port, headers: { host }, agent: false }).end();
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    let seen = "";
    response.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    response.on("error", () => undefined);
    await until("ten events", () => seen.includes("data: 10\n"));
    assert.deepEqual(
      serving.services().map(({ state, requests }) => [state, requests]),
      [["ready", 1]],
    );
    outgoing.on("error", () => undefined).destroy();
    await until("told", () =>
      workshop.events.some((event) => "text" in event && event.text === "client left"),
    );
    await until("zero", () => serving.services()[0]?.state === "zero");
  });

  /** Of an answer: above what most machines take for a byte. */
  const LIMIT_MS = 1_500;
  const MAX_ASKED = 10;
  /** On one that takes longer nothing comes in time, as of a process that is silent: asked again. */
  const askUntil = async (path: string, isInTime: (answer: Asked) => boolean): Promise<Asked> => {
    for (let count = 1; ; count += 1) {
      const answer = await ask(port, { host, path });
      if (isInTime(answer) || count === MAX_ASKED) return answer;
    }
  };
  const hasBegun = ({ status }: Asked) => status === 200;
  const hasEnded = ({ body }: Asked) => body.endsWith("end");
  const SLOW_STREAM = `
    require("node:http").createServer((req, res) => {
      if (req.url === "/silent") return;
      res.write("one");
      const timer = req.url === "/going" ? setInterval(() => res.write("."), 20) : null;
      if (timer) setTimeout(() => { clearInterval(timer); res.end("end"); }, ${LIMIT_MS + 500});
    }).listen(process.env.PORT);`;
  /** One that runs when it is asked: its start is no part of a limit then. */
  const addStarted = async (source: string, limits: Partial<Revision>) => {
    add(source, { ...limits, scale: rules({ minScale: 1 }) });
    await until("ready", () => serving.services()[0]?.state === "ready");
  };

  it("answers 504 when no first byte has come within responseStartTimeoutSeconds, and waits on when one has", async () => {
    await addStarted(SLOW_STREAM, { responseStartTimeoutMs: LIMIT_MS });
    const [silent, going, delivered] = await Promise.all([
      ask(port, { host, path: "/silent" }),
      askUntil("/going", hasBegun),
      serving.deliver(delivery("/silent")),
    ]);
    assert.deepEqual([silent.status, delivered.status], [504, 504]);
    assert.match(going.body, /^one\.+end$/);
  });

  it("ends an answer that stops for idleTimeoutSeconds, and no other", async () => {
    await addStarted(SLOW_STREAM, { idleTimeoutMs: LIMIT_MS });
    const deliverUntilEnded = async () => {
      for (let count = 1; ; count += 1) {
        const { body } = await serving.deliver(delivery("/going"));
        if (body.toString().endsWith("end") || count === MAX_ASKED) return body.toString();
      }
    };
    const [silent, going, delivered, cut, stalled] = await Promise.all([
      ask(port, { host, path: "/silent" }),
      askUntil("/going", hasEnded),
      deliverUntilEnded(),
      serving.deliver(delivery("/stalls")),
      askUntil("/stalls", hasBegun),
    ]);
    assert.deepEqual([silent.status, cut.status], [504, 504]);
    assert.deepEqual([stalled.status, stalled.body], [200, "oneactivator request timeout"]);
    for (const body of [going.body, delivered]) assert.match(body, /end$/);
  });
  const delivery = (path: string) => ({
    target: { kind: "service", namespace: "lab", name: "echo", path } as const,
    headers: [],
    body: Buffer.alloc(0),
    signal: never,
  });

  it("ends a stream at timeoutSeconds with the reason, and cuts an answer of a length", async () => {
    const OF_LENGTH = `require("node:http").createServer((req, res) => {
      if (req.url === "/of-length") res.setHeader("content-length", 100);
      res.write("one");
    }).listen(process.env.PORT)`;
    await addStarted(OF_LENGTH, { timeoutMs: LIMIT_MS });
    const cut = assert.rejects(askUntil("/of-length", hasBegun));
    assert.equal((await askUntil("/", hasBegun)).body, "oneactivator request timeout");
    await cut;
  });

  it("answers 504 when nothing has come at timeoutSeconds", async () => {
    add("setInterval(() => {}, 1e3)", { service: "mute", timeoutMs: 100 });
    const { status, body } = await ask(port, { host: "mute.lab.localhost" });
    assert.equal(status, 504);
    assert.match(body, /activator request timeout/);
  });

  it("answers 502 when the process dies with the request in it", async () => {
    add(`require("node:http").createServer(() => process.exit(7)).listen(process.env.PORT)`);
    const { status, body } = await ask(port, { host });
    assert.equal(status, 502);
    assert.match(body, /BAD_GATEWAY/);
    await until("the crash", () => workshop.states().includes("crashed"));
  });

  it("keeps connections to the process, also after its own keep-alive has ended one", async () => {
    add(ECHO.replace("server.listen", "server.keepAliveTimeout = 1; server.listen"));
    for (let i = 0; i < 20; i += 1) assert.equal((await ask(port, { host })).status, 200);
  });

  it("passes over every kept connection that the process has closed, to one that is new", async () => {
    add(`
      const [served, held] = [new WeakSet(), []];
      require("node:http").createServer(({ url, socket }, res) => {
        if (served.has(socket)) return socket.destroy();
        served.add(socket);
        if (url === "/") return res.end("new");
        held.push(res);
        if (held.length === 5) for (const each of held) each.end();
      }).listen(process.env.PORT);`);
    await Promise.all(Array.from({ length: 5 }, () => ask(port, { host, path: "/together" })));
    const { status, body } = await ask(port, { host });
    assert.deepEqual([status, body], [200, "new"]);
  });

  it("passes an upgraded connection through both ways", async () => {
    add(SOCKET);
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
    let seen = "";
    socket.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    await until("101", () => seen.includes("\r\n\r\n"));
    assert.match(seen, /^HTTP\/1\.1 101 /);
    socket.write("marco");
    await until("the echo", () => seen.endsWith("marco"));
    assert.equal(serving.services()[0]?.requests, 1);
    socket.destroy();
    await until("the end", () => serving.services()[0]?.requests === 0);
  });

  it("answers 404 to an upgrade at an unknown host", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "GET / HTTP/1.1\r\nHost: x.y.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
    );
    assert.match(await text(socket), /^HTTP\/1\.1 404 /);
  });

  it("gives a service as sink a door of its own, whatever the Host header says", async () => {
    add(ECHO, { clusterLocal: true });
    const subject = { apiVersion: "serving.knative.dev/v1", kind: "Service", name: "other" };
    const identity = {
      namespace: "lab",
      name: "b",
      labels: {},
      annotations: {},
      file: "",
      line: 1,
    };
    const binder = createSinkBinder({ brokerPort: 1, door: serving.door });
    const bind = () =>
      binder.bind([{ ...identity, subject, sink: {}, extensions: {} }], () => ({
        kind: "service",
        namespace: "lab",
        name: "echo",
        path: "/in",
      }));
    const [sink] = await bind();
    const url = new URL(sink?.url ?? "");
    assert.deepEqual(await bind(), [sink], "and the same one the next time");
    const { status, body } = await ask(Number(url.port), { host: url.host, path: url.pathname });
    binder.close();
    assert.deepEqual([status, bodyOf({ body }).url], [200, "/in"]);
  });

  it("sends each request to the revision of its time, and says when the one before is gone", async () => {
    const one = workshop.revision(`setTimeout(() => { ${ECHO} }, 300);`);
    const two = workshop.revision(ECHO, { name: "echo-00002" });
    serving.run([{ revision: one }]);
    const asked = ask(port, { host, path: "/one" });
    await until("the wait", () => serving.services()[0]?.requests === 1);
    const gone: string[] = [];
    serving.run([{ revision: two }], ({ name }) => gone.push(name));
    assert.equal((await ask(port, { host, path: "/two" })).status, 200);
    const answer = await asked;
    assert.deepEqual([answer.status, bodyOf(answer).url], [200, "/one"]);
    await until("the end of the first", () => gone.length === 1);
    assert.deepEqual(gone, ["echo-00001"]);
    assert.deepEqual(
      serving.services().map(({ revision, state }) => [revision, state]),
      [["echo-00002", "ready"]],
    );
    serving.run([]);
    assert.equal((await ask(port, { host })).status, 404);
  });

  it("delivers to a service by name, cold then warm, and to a URL", async () => {
    add(ECHO);
    const request = {
      target: { kind: "service", namespace: "lab", name: "echo", path: "/in?x=1" } as const,
      headers: [["ce-id", "1"]] as [string, string][],
      body: Buffer.from("hi"),
      timeoutMs: 5_000,
      signal: never,
    };
    const first = await serving.deliver(request);
    const second = await serving.deliver(request);
    assert.deepEqual([first.status, first.start, second.start], [200, "cold", "warm"]);
    const { url, body, headers } = bodyOf({ body: first.body.toString() });
    assert.deepEqual([url, body], ["/in?x=1", "hi"]);
    assert.ok(headers.includes("echo.lab.svc.cluster.local"));

    const url2 = `http://127.0.0.1:${port}/nobody`;
    const third = await serving.deliver({ ...request, target: { kind: "url", url: url2 } });
    assert.deepEqual([third.status, third.start], [404, null]);
  });

  it("answers 502 to a delivery that is cut, and rejects one that is timed out or called off", async () => {
    add(`require("node:http").createServer(() => process.exit(7)).listen(process.env.PORT)`);
    add("setInterval(() => {}, 1e3)", { service: "mute" });
    const to = (name: string) => ({
      target: { kind: "service", namespace: "lab", name, path: "/" } as const,
      headers: [],
      body: Buffer.alloc(0),
      signal: never,
    });
    const cut = await serving.deliver(to("echo"));
    assert.equal(cut.status, 502);
    assert.match(cut.body.toString(), /"BAD_GATEWAY","message":"the service did not answer: ./);
    const signal = AbortSignal.timeout(200);
    await assert.rejects(serving.deliver({ ...to("mute"), signal }), /timeout/i);
    const off = new AbortController();
    const delivery = serving.deliver({ ...to("mute"), signal: off.signal });
    off.abort(new Error("called off"));
    await assert.rejects(delivery, /called off/);
    assert.equal((await serving.deliver(to("nobody"))).status, 404);
  });
});
