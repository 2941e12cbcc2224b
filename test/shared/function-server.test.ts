import assert from "node:assert/strict";
import type { Express } from "express";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import * as z from "zod/mini";
import { AppError, PermanentError, TransientError } from "../../shared/errors.ts";
import { defineEvent } from "../../shared/events/contract.ts";
import { type Door, type FunctionSpec, on } from "../../shared/function.ts";
import { createFunctionServer, type FunctionServer } from "../../shared/function-server.ts";
import type { Logger } from "../../shared/log.ts";
import { deferred } from "./deferred.ts";

const Asked = defineEvent({
  type: "test.asked.v1",
  source: "/test",
  description: "Somebody asks.",
  data: z.object({ say: z.string() }),
});

type Line = { level: string; message: string } & Record<string, unknown>;

describe("createFunctionServer", () => {
  let server: FunctionServer | undefined;
  let lines: Line[];
  let release: () => void;
  let entered: Promise<void>;
  let closed: boolean;

  async function listen(more: Partial<FunctionSpec> = {}): Promise<string> {
    lines = [];
    closed = false;
    const held = deferred();
    const inside = deferred();
    release = held.resolve;
    entered = inside.promise;
    const write =
      (level: string) =>
      (fields: object, message: string): void =>
        void lines.push({ level, message, ...fields });
    const log: Logger = {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    };
    server = createFunctionServer({
      name: "tested",
      log,
      on: [
        on(Asked, async ({ id, subject, data: { say } }) => {
          if (say === "permanent") throw new PermanentError("NOT_EVER", "never");
          if (say === "transient") throw new TransientError("NOT_NOW", "later");
          if (say === "bug") throw new TypeError("secret of the inside");
          if (say === "wait") {
            inside.resolve();
            await held.promise;
          }
          if (say !== "reply") return { kind: "heard", reason: say };
          const reply = Asked.create({
            id: `re-${id}`,
            ...(subject === undefined ? {} : { subject }),
            extensions: { load: "high" },
            data: { say },
          });
          return { kind: "answered", reason: "asked to", reply };
        }),
      ],
      close: async () => void (closed = true),
      ...more,
    });
    server.http.listen(0, "127.0.0.1");
    await once(server.http, "listening");
    return `http://127.0.0.1:${(server.http.address() as AddressInfo).port}`;
  }
  afterEach(async () => {
    release();
    if (server?.http.listening) await server.close();
  });

  const headers = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "7",
    "ce-source": "/test",
    "ce-type": Asked.type,
    "ce-subject": "shop/cart-1",
  };
  const ask = (url: string, say: unknown, more: Record<string, string> = {}) =>
    fetch(url, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify({ say }) });

  it("answers 204 and no body to what is handled, and logs one line", async () => {
    const answer = await ask(await listen(), "hello");
    assert.deepEqual([answer.status, await answer.text()], [204, ""]);
    const { duration_ms: duration, ...line } = lines[0] as Line;
    assert.equal(typeof duration, "number");
    assert.deepEqual(line, {
      level: "info",
      message: "handled",
      event_id: "7",
      event_type: Asked.type,
      subject: "shop/cart-1",
      kind: "heard",
      reason: "hello",
    });
    assert.equal(lines.length, 1);
  });

  it("answers 200 with the reply event in binary mode", async () => {
    const answer = await ask(await listen(), "reply");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("ce-id"), "re-7");
    assert.equal(answer.headers.get("ce-load"), "high");
    assert.equal(answer.headers.get("ce-subject"), "shop/cart-1");
    assert.deepEqual(await answer.json(), { say: "reply" });
  });

  it("takes an event in structured mode", async () => {
    const event = { specversion: "1.0", id: "8", source: "/t", type: Asked.type };
    const answer = await fetch(await listen(), {
      method: "POST",
      headers: { "content-type": "application/cloudevents+json; charset=UTF-8" },
      body: JSON.stringify({ ...event, data: { say: "x" } }),
    });
    assert.equal(answer.status, 204);
  });

  for (const [say, status, code, level] of [
    ["permanent", 422, "NOT_EVER", "warn"],
    ["transient", 503, "NOT_NOW", "warn"],
    ["bug", 500, "INTERNAL", "error"],
    [5, 422, "INVALID_DATA", "warn"],
  ] as const) {
    it(`answers ${status} ${code} and logs it`, async () => {
      const answer = await ask(await listen(), say);
      const body = (await answer.json()) as { code: string; message: string };
      assert.deepEqual([answer.status, body.code], [status, code]);
      assert.equal(answer.headers.get("retry-after"), status === 503 ? "1" : null);
      assert.ok(!body.message.includes("secret"));
      assert.equal(lines.length, 1);
      assert.deepEqual(
        [lines[0]?.level, lines[0]?.message, lines[0]?.["code"]],
        [level, "failed", code],
      );
    });
  }

  it("says that data came as a form, as curl sends it when it is told nothing", async () => {
    const answer = await ask(await listen(), "x", {
      "content-type": "application/x-www-form-urlencoded",
    });
    const { message } = (await answer.json()) as { message: string };
    assert.match(message, /the data came as application\/x-www-form-urlencoded/);
  });

  it("names its other routes where there is nothing", async () => {
    const routes = (app: Express) =>
      void app.get("/labels", (_, response) => void response.end("none"));
    const answer = await fetch(await listen({ routes }));
    assert.deepEqual(await answer.json(), {
      code: "NOT_FOUND",
      message: "nothing at /; there is /labels",
    });
  });

  it("leaves a route alone that takes whatever comes", async () => {
    const url = await listen({
      routes: (app) => void app.route("/any").all((_, response) => void response.end("taken")),
    });
    for (const method of ["GET", "DELETE"]) {
      assert.equal(await (await fetch(`${url}/any`, { method })).text(), "taken");
    }
  });

  it("says how to ask where it was asked in another way, of its routes and its doors", async () => {
    const routes = (app: Express) => {
      app.get("/pods/:name", (_, response) => void response.end("none"));
      app.all("/all", (_, response) => void response.end("all"));
      app.route("/passed-on").all((_request, _response, next) => next());
    };
    const handle = () => Promise.resolve({ status: 204 });
    const url = await listen({ routes, doors: [{ method: "POST", path: "/decide", handle }] });
    for (const [method, path, allow, message] of [
      ["DELETE", "/pods/a", "GET, HEAD", "use GET"],
      ["GET", "/decide", "POST", "use POST"],
    ] as const) {
      const answer = await fetch(url + path, { method });
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, allow]);
      assert.deepEqual(await answer.json(), { code: "METHOD_NOT_ALLOWED", message });
    }
    const nowhere = (await (await fetch(`${url}/x`)).json()) as { message: string };
    assert.equal(
      nowhere.message,
      "nothing at /x; there is /pods/:name, /all, /passed-on, POST /decide",
    );
    assert.equal(await (await fetch(`${url}/all`, { method: "PUT" })).text(), "all");
    assert.equal((await fetch(`${url}/passed-on`)).status, 404);
  });

  it("answers 422 UNEXPECTED_TYPE and names what it takes", async () => {
    const answer = await ask(await listen(), "x", { "ce-type": "other.type" });
    assert.equal(answer.status, 422);
    const { code, message } = (await answer.json()) as { code: string; message: string };
    assert.equal(code, "UNEXPECTED_TYPE");
    assert.ok(message.includes(Asked.type));
  });

  it("gives every other type to onAny", async () => {
    const url = await listen({ onAny: ({ type }) => ({ kind: "noted", reason: type }) });
    assert.equal((await ask(url, 5, { "ce-type": "other.type" })).status, 204);
    assert.equal(lines[0]?.["reason"], "other.type");
  });

  it("answers 413 to a declared and to an undeclared long body, and keeps serving", async () => {
    const url = await listen();
    const long = "x".repeat(1024 * 1024 + 1);
    const declared = await fetch(url, { method: "POST", headers, body: long });
    assert.equal(declared.status, 413);
    assert.equal(((await declared.json()) as { code: string }).code, "BODY_TOO_LARGE");
    const stream = new Blob([long, long]).stream();
    const undeclared = await fetch(url, { method: "POST", headers, body: stream, duplex: "half" });
    assert.equal(undeclared.status, 413);
    await undeclared.text();
    assert.equal((await ask(url, "x")).status, 204);
  });

  it("answers 413 before the body is sent to a client that asks first", async () => {
    const { port } = new URL(await listen());
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      "POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9999999\r\n\r\n",
    );
    const [first] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    assert.match(first.toString(), /^HTTP\/1\.1 413 /);
  });

  describe("a door that lets in by the headers", () => {
    const taken: string[] = [];
    const door: Door = {
      method: "POST",
      path: "/closed",
      async admit({ authorization }) {
        await new Promise(setImmediate);
        if (authorization !== "yes") throw new AppError("UNAUTHORIZED", 401, "no");
      },
      async handle({ body }) {
        taken.push(body.toString());
        return { status: 200, json: {} };
      },
    };
    /** All that comes for the head of a request whose body is not sent, up to `end`. */
    async function headAlone(url: string, more: string, end: RegExp): Promise<string> {
      const { port } = new URL(url);
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(`POST /closed HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n${more}\r\n`);
      let said = "";
      for await (const chunk of socket) {
        said += String(chunk);
        if (!end.test(said)) continue;
        if (!said.includes("100 Continue")) break;
        if (said.includes("200 OK")) break;
        socket.write("body");
      }
      socket.destroy();
      return said;
    }

    it("refuses before any of the body has come, and says who was refused", async () => {
      const url = await listen({ doors: [door] });
      const said = await headAlone(url, "authorization: no\r\n", /\}$/);
      assert.match(said, /^HTTP\/1\.1 401 .*connection: close.*\{"code":"UNAUTHORIZED"/is);
      const { level, message, path, code, status } = lines.find(({ level }) => level === "warn")!;
      assert.deepEqual(
        [level, message, path, code, status],
        ["warn", "failed", "/closed", "UNAUTHORIZED", 401],
      );
    });

    it("asks a client that waits for its body only when it may come in", async () => {
      const url = await listen({ doors: [door] });
      const refused = await headAlone(url, "expect: 100-continue\r\n", /\}$/);
      assert.match(refused, /^HTTP\/1\.1 401 /);
      const admitted = "expect: 100-continue\r\nauthorization: yes\r\n";
      const said = await headAlone(url, admitted, /\r\n\r\n/);
      assert.match(said, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
      assert.deepEqual(taken.splice(0), ["body"]);
    });

    it("takes a long body in one piece, and one that came before it was let in", async () => {
      const url = await listen({ doors: [{ ...door, maxBodyBytes: 4 * 1024 * 1024 }] });
      const long = "0123456789".repeat(250_000);
      for (const body of [long, "short", ""]) {
        const answer = await fetch(`${url}/closed`, {
          method: "POST",
          headers: { authorization: "yes" },
          body,
        });
        assert.equal(answer.status, 200);
        await answer.text();
      }
      assert.deepEqual(taken.splice(0), [long, "short", ""]);
    });
  });

  it("answers health without express, 404 and 405 with code and message", async () => {
    const url = await listen();
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await fetch(url + path);
      assert.equal(answer.status, 200);
      await answer.text();
    }
    const missing = await fetch(`${url}/nothing`);
    assert.deepEqual(await missing.json(), { code: "NOT_FOUND", message: "nothing at /nothing" });
    const wrong = await fetch(url);
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
    assert.deepEqual(await wrong.json(), {
      code: "METHOD_NOT_ALLOWED",
      message: "POST an event here",
    });
  });

  it("names its doors to who knocks elsewhere", async () => {
    const door: Door = {
      method: "POST",
      path: "/alerts",
      handle: () => Promise.resolve({ status: 204 }),
    };
    const url = await listen({ doors: [door] });
    const messageOf = async (path: string) =>
      ((await (await fetch(url + path)).json()) as { message: string }).message;
    assert.equal(await messageOf("/"), "POST an event here; there is POST /alerts");
    assert.equal(await messageOf("/alert"), "nothing at /alert; there is POST /alerts");
    assert.equal(await messageOf("/alerts"), "use POST");
  });

  it("counts what it handled and refused, strangers' types as one", async () => {
    const url = await listen({ onAny: () => ({ kind: "noted", reason: "" }) });
    await ask(url, "a");
    await ask(url, 5);
    await ask(url, 5, { "ce-type": "stranger.1" });
    await ask(url, 5, { "ce-type": "stranger.2" });
    for (const _ of [1, 2]) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lineOf = (start: string) => text.split("\n").find((line) => line.startsWith(start));
      assert.ok(text.includes('vigie_events_total{function="tested",type="other",kind="noted"} 2'));
      assert.ok(
        text.includes(`vigie_events_total{function="tested",type="${Asked.type}",kind="heard"} 1`),
      );
      assert.ok(
        text.includes('vigie_events_refused_total{function="tested",code="INVALID_DATA"} 1'),
      );
      assert.equal(
        lineOf("vigie_event_duration_seconds_count"),
        'vigie_event_duration_seconds_count{function="tested"} 3',
      );
      assert.match(lineOf("vigie_event_duration_seconds_bucket") ?? "", /le="0.001"/);
    }
  });

  it("opens doors on exact paths, with the query, the limit, and the door's own errors", async () => {
    const url = await listen({
      doors: [
        {
          method: "POST",
          path: "/door",
          maxBodyBytes: 10,
          handle: async ({ query, body, headers: { "x-test": test } }) => {
            if (body.toString() === "fail") throw new PermanentError("DOOR_SHUT", "shut");
            const json = { q: query.get("q"), body: body.toString(), test };
            return { status: 202, headers: { "x-door": "1" }, json };
          },
        },
      ],
    });
    const knock = (body: string, path = "/door?q=a%20b") =>
      fetch(url + path, { method: "POST", body, headers: { "x-test": "t" } });
    const open = await knock("hi");
    assert.deepEqual([open.status, open.headers.get("x-door")], [202, "1"]);
    assert.deepEqual(await open.json(), { q: "a b", body: "hi", test: "t" });
    const shut = await knock("fail");
    assert.deepEqual(await shut.json(), { code: "DOOR_SHUT", message: "shut" });
    assert.equal((await knock("01234567890")).status, 413);
    assert.equal((await knock("", "/door/")).status, 404);
    const wrong = await fetch(`${url}/door`);
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
    await wrong.text();
  });

  it("gives other paths to express, its unknown paths and errors as code and message", async () => {
    const url = await listen({
      routes: (app) => {
        app.get("/", (_request, response) => void response.send("page"));
        app.get("/bug", () => {
          throw new TypeError("secret");
        });
        app.get("/busy", () => {
          throw new TransientError("NOT_NOW", "later");
        });
      },
    });
    const page = await fetch(url);
    assert.deepEqual([await page.text(), page.headers.get("x-powered-by")], ["page", null]);
    const codes: unknown[] = [];
    for (const path of ["/bug", "/busy", "/none", "/%"]) {
      const answer = await fetch(url + path);
      codes.push([answer.status, ((await answer.json()) as { code: string }).code]);
    }
    assert.deepEqual(codes, [
      [500, "INTERNAL"],
      [503, "NOT_NOW"],
      [404, "NOT_FOUND"],
      [404, "NOT_FOUND"],
    ]);
    assert.equal((await ask(url, "x")).status, 204);
  });

  it("ends after what has begun is answered, connections kept open or not", async () => {
    const url = await listen();
    const pending = ask(url, "wait");
    await entered;
    const ended = server?.close();
    assert.equal(closed, false);
    await assert.rejects(ask(url, "late"));
    release();
    assert.equal((await pending).status, 204);
    await ended;
    assert.equal(closed, true);
  });

  it("says no time after which it would end an idle connection, for it ends none", async () => {
    const answer = await ask(await listen(), "hello");
    assert.equal(answer.headers.get("connection"), "keep-alive");
    assert.equal(answer.headers.get("keep-alive"), null);
    assert.equal(server?.http.keepAliveTimeout, 0);
  });

  it("ends after the handler of a sender that went away", async () => {
    const url = await listen();
    const abort = new AbortController();
    const gone = fetch(url, {
      method: "POST",
      headers,
      body: '{"say":"wait"}',
      signal: abort.signal,
    });
    await entered;
    abort.abort();
    await assert.rejects(gone);
    const ended = server?.close();
    await new Promise(setImmediate);
    assert.equal(closed, false);
    release();
    await ended;
    assert.equal(closed, true);
    assert.equal(lines[0]?.["kind"], "heard");
  });
});
