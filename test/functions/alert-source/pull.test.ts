import assert from "node:assert/strict";
import { createPull, type PullSources } from "../../../functions/alert-source/pull.ts";
import { createReadJson } from "../../../functions/alert-source/read-json.ts";
import { parseQueries } from "../../../functions/alert-source/queries.ts";
import type { Send } from "../../../functions/alert-source/send.ts";
import { translate } from "../../../functions/alert-source/decide.ts";
import { AppError, TransientError } from "../../../shared/errors.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alert, webhook } from "./webhook.ts";

const tick: Event = {
  specversion: "1.0",
  id: "tick-1",
  type: "dev.knative.sources.ping",
  source: "/apis/v1/namespaces/vigie/pingsources/review-clock",
  time: "2026-11-20T11:45:00.000Z",
};
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** As Alertmanager lists what its webhook has sent, with milliseconds always written. */
const listed = (state: string, overrides: object = {}) => ({
  ...alert({ startsAt: "2026-11-20T11:44:43.390Z", endsAt: "2026-11-20T11:49:43.390Z" }),
  status: { state, silencedBy: [], inhibitedBy: [] },
  receivers: [{ name: "vigie" }],
  updatedAt: "2026-11-20T11:44:43.390Z",
  ...overrides,
});

/** A busy machine is no server that hangs. */
const TIMEOUT_MS = 30_000;
const SHORT_MS = 300;
const HANGS = "503 when it hangs";

describe("pull", () => {
  let server: Server;
  let answer: RequestListener;
  let url: string;
  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const json = (body: unknown, status = 200): RequestListener => {
    return (_request, response) => response.writeHead(status).end(JSON.stringify(body));
  };
  const reader = (authFolder?: string, timeoutMs = TIMEOUT_MS) =>
    createReadJson({ name: "Alertmanager", url, authFolder, timeoutMs });
  const pullWith = (sources: Partial<PullSources>, send?: Send) => {
    const sent: Event[] = [];
    const pull = createPull({
      sources: { alertmanager: null, prometheus: null, queries: [], ...sources },
      send: send ?? (async (event) => void sent.push(event)),
      log,
      now: () => Date.parse("2026-11-20T11:45:00Z"),
    });
    return { pull, sent };
  };
  const alertmanager = (timeoutMs?: number) => ({
    readJson: reader(undefined, timeoutMs),
    receiver: "vigie",
  });
  const prometheus = () => ({
    readJson: createReadJson({ name: "Prometheus", url, timeoutMs: TIMEOUT_MS }),
    windowMinutes: 45,
    externalLabels: {},
    alerts: false,
  });

  it("sends what Alertmanager lists with the ids of its webhook, and nothing that is muted", async () => {
    answer = (request, response) => {
      assert.match(request.url ?? "", /^\/prefix\/api\/v2\/alerts\?.*receiver=vigie/);
      const alerts = [listed("active"), listed("suppressed", { fingerprint: "b" }), 7];
      response.end(JSON.stringify(alerts));
    };
    const { pull, sent } = pullWith({ alertmanager: alertmanager() });
    const outcome = await pull(tick);
    assert.equal(outcome.kind, "pulled");
    assert.match(outcome.reason, /^1 of 1 facts sent, 1 refused: alerts\[2\]/);
    const byWebhook = translate(webhook([alert({ startsAt: "2026-11-20T11:44:43.39Z" })]));
    assert.deepEqual(
      sent.map(({ id }) => id),
      byWebhook.events.map(({ id }) => id),
    );
  });

  it("concludes nothing from an empty list", async () => {
    answer = json([]);
    const { pull, sent } = pullWith({ alertmanager: alertmanager() });
    assert.equal((await pull(tick)).reason, "0 of 0 facts sent");
    assert.deepEqual(sent, []);
  });

  for (const [name, status, code, listener] of [
    ["503 when it answers 500", 503, "PULL_UNAVAILABLE", json("no", 500)],
    [HANGS, 503, "PULL_UNAVAILABLE", () => {}],
    [
      "503 when it cuts the answer off",
      503,
      "PULL_UNAVAILABLE",
      (_request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("[", () => response.destroy());
      },
    ],
    ["422 when it refuses", 422, "PULL_REFUSED", json({ error: "bad_data" }, 400)],
    ["422 when it redirects", 422, "PULL_REFUSED", json("", 302)],
    ["422 when it is no JSON", 422, "PULL_INVALID", (_request, response) => response.end("<html>")],
    ["422 when it is no list", 422, "PULL_INVALID", json({ alerts: [] })],
  ] as [string, number, string, RequestListener][]) {
    it(`answers ${name}`, async () => {
      answer = listener;
      const timeoutMs = name === HANGS ? SHORT_MS : TIMEOUT_MS;
      const { pull } = pullWith({ alertmanager: alertmanager(timeoutMs) });
      await assert.rejects(pull(tick), (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual([error.status, error.code], [status, code]);
        return true;
      });
    });
  }

  it("sends what one source says though another fails, and the rest when the tick comes again", async () => {
    const queries = parseQueries({
      queries: [{ name: "PodCpu", expr: "up", resource: "cpu", everyMinutes: 15 }],
    });
    let isDown = true;
    const result = [{ metric: { namespace: "shop", pod: "cart-2" }, value: [1, "0.5"] }];
    answer = (request, response) => {
      if (request.url?.includes("/api/v2/")) response.end(JSON.stringify([listed("active")]));
      else if (isDown) response.writeHead(503).end();
      else {
        assert.match(request.url ?? "", /time=1763639100\.000/);
        response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
      }
    };
    const { pull, sent } = pullWith({
      alertmanager: alertmanager(),
      prometheus: prometheus(),
      queries,
    });
    const at = { ...tick, time: "2025-11-20T11:45:00.000Z" };
    await assert.rejects(pull(at), /^AppError: 1 of 1 facts sent; Prometheus answers 503$/);
    isDown = false;
    assert.equal((await pull(at)).reason, "2 of 2 facts sent");
    assert.deepEqual(
      sent.map(({ subject }) => subject),
      ["shop/cart-1", "shop/cart-1", "shop/cart-2"],
    );
  });

  it("tells no end from a part of the answer", async () => {
    const labels = { alertname: "PodLoadHigh", alertstate: "firing", namespace: "shop", pod: "a" };
    const rule = { name: "PodLoadHigh", duration: 0, lastEvaluation: tick.time, alerts: [] };
    let warnings: string[] | undefined;
    answer = (request, response) => {
      const data = request.url?.includes("/rules")
        ? { groups: [{ interval: 15, rules: [rule] }] }
        : { resultType: "vector", result: [{ metric: labels, value: [0, "1763638800"] }] };
      response.end(JSON.stringify({ status: "success", data, warnings }));
    };
    const { pull, sent } = pullWith({ prometheus: { ...prometheus(), alerts: true } });
    warnings = ["a store is down"];
    assert.match((await pull(tick)).reason, /^0 of 0 .*what has ended cannot be told$/);
    warnings = undefined;
    await pull(tick);
    assert.deepEqual(
      sent.map(({ type }) => type),
      ["dev.vigie.alert.resolved.v1"],
    );
  });

  it("answers 503 when the sink does not take it all, and then sends only the rest", async () => {
    answer = json([
      listed("active"),
      listed("active", { fingerprint: "b", labels: { ...alert().labels, pod: "b" } }),
    ]);
    const sent: unknown[] = [];
    let isDown = true;
    const { pull } = pullWith({ alertmanager: alertmanager() }, async (event) => {
      if (isDown && event.subject === "shop/b") throw new TransientError("SINK_BUSY", "full");
      sent.push(event.subject);
    });
    await assert.rejects(pull(tick), /1 of 2 facts sent; full/);
    isDown = false;
    await pull(tick);
    assert.deepEqual(sent, ["shop/cart-1", "shop/b"]);
  });

  it("reads one at a time", async () => {
    let release = () => {};
    answer = (_request, response) => {
      release = () => response.end("[]");
    };
    const { pull } = pullWith({ alertmanager: alertmanager() });
    const first = pull(tick);
    await assert.rejects(pull(tick), /under way/);
    while (server.listenerCount("request") === 0) await new Promise(setImmediate);
    const timer = setInterval(() => release(), 5);
    await first.finally(() => clearInterval(timer));
  });

  it("logs in with the token or the user of its folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vigie-pull-"));
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      response.end("[]");
    };
    try {
      const read = () => reader(folder)("api/v2/alerts", {}, AbortSignal.timeout(TIMEOUT_MS));
      await assert.rejects(read(), /neither token nor/);
      writeFileSync(join(folder, "username"), "vigie\n");
      writeFileSync(join(folder, "password"), "pass\n");
      await read();
      writeFileSync(join(folder, "token"), "t0ken\n");
      await read();
      assert.deepEqual(seen, ["Basic dmlnaWU6cGFzcw==", "Bearer t0ken"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
