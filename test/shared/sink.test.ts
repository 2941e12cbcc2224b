import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event } from "../../shared/events/contract.ts";
import type { Logger } from "../../shared/log.ts";
import { backoffMs, isRetriable, parseRetryAfter } from "../../shared/retry.ts";
import { createSink, type Sink, type SinkOptions } from "../../shared/sink.ts";
import { deferred } from "./deferred.ts";

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const event = { specversion: "1.0", id: "1", source: "/t", type: "t", data: { a: 1 } } as Event;

describe("createSink", () => {
  let server: Server;
  let sink: Sink;
  let requests: IncomingMessage[];
  let answer: (response: ServerResponse, count: number) => void;

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      request.resume().once("end", () => answer(response, requests.length));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(async () => {
    sink?.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const open = (more: Partial<SinkOptions> = {}): void => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/vigie/default`;
    sink = createSink({ url, ceOverrides: "", log: quiet, ...more });
  };
  const say =
    (status: number, headers: Record<string, string> = {}, body = "") =>
    (response: ServerResponse): void =>
      void response.writeHead(status, headers).end(body);

  it("posts in binary mode with the overrides, over one connection", async () => {
    answer = say(202);
    open({ ceOverrides: '{"extensions":{"Cluster":"north"}}' });
    await sink.send(event);
    await sink.send(event);
    const [first, second] = requests;
    assert.equal(first?.url, "/vigie/default");
    assert.equal(first?.headers["ce-id"], "1");
    assert.equal(first?.headers["ce-cluster"], "north");
    assert.equal(first?.headers["content-type"], "application/json");
    assert.match(first?.headers.host ?? "", /^127\.0\.0\.1:\d+$/);
    assert.equal(first?.socket, second?.socket);
  });

  it("tries again after an answer that may change, and after a broken connection", async () => {
    const failures = [404, 503];
    answer = (response, count) => {
      const status = failures[count - 1];
      if (status !== undefined) say(status)(response);
      else if (count === failures.length + 1) response.destroy();
      else say(202)(response);
    };
    open();
    await sink.send(event);
    assert.equal(requests.length, failures.length + 2);
  });

  it("tries again after an answer that breaks off", async () => {
    answer = (response, count) => {
      if (count > 1) return say(202)(response);
      response.writeHead(202, { "content-length": "10" }).write("12345", () => response.destroy());
    };
    open();
    await sink.send(event);
    assert.equal(requests.length, 2);
  });

  it("takes the status of an answer without an end, and its beginning on one line", async () => {
    const endless = "no\u001b\n".padEnd(64 * 1024, ".");
    answer = (response) => {
      const write = (): void => void (response.destroyed || response.write(endless, write));
      response.writeHead(400);
      write();
    };
    open();
    await assert.rejects(sink.send(event), (error: Error) => {
      assert.match(error.message, /^the sink answered 400: no \.{290,300}$/);
      return true;
    });
  });

  for (const status of [400, 401, 403, 413, 415, 422, 425, 302]) {
    it(`throws SINK_REFUSED at once when the answer is ${status}`, async () => {
      answer = say(status, { location: "http://127.0.0.1:9/" }, '{"code":"X"}\r\nnext');
      open();
      await assert.rejects(sink.send(event), {
        code: "SINK_REFUSED",
        status: 422,
        message: `the sink answered ${status}: {"code":"X"} next`,
      });
      assert.equal(requests.length, 1);
    });
  }

  it("throws SINK_UNAVAILABLE when the budget is spent, and keeps the reason", async () => {
    // A second try a second later, which may take almost another one, and no third.
    answer = say(503, { "retry-after": "1" }, "busy");
    open({ budgetMs: 1_900 });
    await assert.rejects(sink.send(event), {
      code: "SINK_UNAVAILABLE",
      status: 503,
      message: /the sink answered 503: busy \(tries: \d\)/,
    });
  });

  it("gives up at once when Retry-After lies beyond the budget", async () => {
    answer = say(503, { "retry-after": "3600" });
    open();
    await assert.rejects(sink.send(event), { code: "SINK_UNAVAILABLE" });
    assert.equal(requests.length, 1);
  });

  it("gives up a try that is not answered in time", async () => {
    answer = () => {};
    open({ tryTimeoutMs: 30, budgetMs: 60 });
    await assert.rejects(sink.send(event), {
      code: "SINK_UNAVAILABLE",
      message: /no answer within/,
    });
  });

  it("sends no more at a time than it may, and refuses beyond the queue", async () => {
    const waiting: ServerResponse[] = [];
    const two = deferred();
    answer = (response) => {
      waiting.push(response);
      if (waiting.length === 2) two.resolve();
    };
    open({ concurrency: 2, maxWaiting: 1 });
    const sent = [sink.send(event), sink.send(event), sink.send(event)];
    await assert.rejects(sink.send(event), { code: "SINK_BUSY", status: 503 });
    await two.promise;
    assert.equal(requests.length, 2);
    answer = say(202);
    for (const response of waiting) response.end();
    await Promise.all(sent);
    assert.equal(requests.length, 3);
  });

  it("stops when the signal says so: waiting for a place, for an answer or for the next try", async () => {
    const begun = deferred();
    answer = () => begun.resolve();
    open({ concurrency: 1 });
    const abort = new AbortController();
    const sent = [sink.send(event, abort.signal), sink.send(event, abort.signal)];
    await begun.promise;
    abort.abort();
    for (const each of sent) await assert.rejects(each, { code: "SINK_ABORTED", status: 503 });
    await assert.rejects(sink.send(event, abort.signal), { code: "SINK_ABORTED" });
    answer = say(202);
    await sink.send(event);
  });

  describe("with a token for the sink", () => {
    let folder: string;
    let tokenFile: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "vigie-sink-"));
      tokenFile = join(folder, "token");
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const sent = () => requests.map(({ headers }) => headers.authorization);

    it("sends what the file holds, and nothing while there is none", async () => {
      answer = say(202);
      open({ tokenFile });
      await sink.send(event);
      sink.close();
      writeFileSync(tokenFile, "eyJ.one-_\n");
      open({ tokenFile });
      await sink.send(event);
      await sink.send(event);
      assert.deepEqual(sent(), [undefined, "Bearer eyJ.one-_", "Bearer eyJ.one-_"]);
    });

    it("sends the renewed token after a 401, which is final for the event it was about", async () => {
      writeFileSync(tokenFile, "one");
      answer = (response) =>
        say(requests.at(-1)?.headers.authorization === "Bearer two" ? 202 : 401)(response);
      open({ tokenFile });
      await assert.rejects(sink.send(event), { code: "SINK_REFUSED" });
      writeFileSync(tokenFile, "two");
      await sink.send(event);
      assert.deepEqual(sent(), ["Bearer one", "Bearer two"]);
    });

    it("sends no event with what is no token, and does not say what it was", async () => {
      answer = say(202);
      for (const content of ["", "two words", "a\r\nb: c", "caf\u00e9"]) {
        writeFileSync(tokenFile, content);
        open({ tokenFile, budgetMs: 20 });
        await assert.rejects(sink.send(event), ({ code, message }: NodeJS.ErrnoException) => {
          assert.equal(code, "SINK_UNAVAILABLE");
          assert.match(message, /holds no token/);
          return content === "" || !message.includes(content);
        });
        sink.close();
      }
      assert.equal(requests.length, 0);
    });
  });

  it("trusts the authority that it is told, and no other", async function () {
    const folder = mkdtempSync(join(tmpdir(), "vigie-sink-"));
    const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const out = ["-keyout", keyFile, "-out", certFile, "-days", "1"];
    const made = spawnSync("openssl", ["req", "-x509", ...kind, ...subject, ...out]);
    if (made.status !== 0) this.skip();
    const cert = readFileSync(certFile, "utf8");
    rmSync(certFile);
    const secure = createTlsServer({ key: readFileSync(keyFile), cert }, (_request, response) =>
      response.writeHead(202).end(),
    ).listen(0, "127.0.0.1");
    rmSync(folder, { recursive: true });
    await once(secure, "listening");
    try {
      const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/vigie/default`;
      open({ url, caCerts: cert });
      await sink.send(event);
      sink.close();
      const reasons: unknown[] = [];
      const refused = new AbortController();
      const debug = (fields: object) => {
        reasons.push("reason" in fields && fields.reason);
        refused.abort();
      };
      open({ url, log: { ...quiet, debug } });
      await assert.rejects(sink.send(event, refused.signal), { code: "SINK_ABORTED" });
      assert.match(String(reasons[0]), /self-signed certificate/);
    } finally {
      sink.close();
      secure.closeAllConnections();
      secure.close();
    }
  });

  it("refuses overrides that are not valid when it is made", () => {
    const url = "http://127.0.0.1:9/";
    for (const ceOverrides of [
      "{no",
      '{"extensions":{"type":"x"}}',
      '{"extensions":{"a-b":"x"}}',
      '{"extensions":{"a":"x\\ny"}}',
    ]) {
      assert.throws(() => createSink({ url, ceOverrides, log: quiet }), /K_CE_OVERRIDES/);
    }
  });
});

describe("backoffMs", () => {
  it("doubles up to 5 s, between half and all of it, and never less than Retry-After", () => {
    assert.deepEqual([backoffMs(1, null, 0), backoffMs(1, null, 1)], [50, 100]);
    assert.deepEqual([backoffMs(3, null, 1), backoffMs(30, null, 1)], [400, 5_000]);
    assert.equal(backoffMs(1, 2_000, 1), 2_000);
  });

  it("is for what Knative retries too", () => {
    const retried = [200, 400, 404, 408, 409, 422, 425, 429, 500, 503].filter(isRetriable);
    assert.deepEqual(retried, [404, 408, 409, 429, 500, 503]);
  });

  it("reads Retry-After in seconds and as a date", () => {
    assert.equal(parseRetryAfter("3", 0), 3_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 4_000), 6_000);
    assert.equal(parseRetryAfter("soon", 0), null);
  });
});
