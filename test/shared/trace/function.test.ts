import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import { PermanentError } from "../../../shared/errors.ts";
import { defineEvent } from "../../../shared/events/contract.ts";
import { on } from "../../../shared/function.ts";
import { createFunctionServer, type FunctionServer } from "../../../shared/function-server.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import type { Logger } from "../../../shared/log.ts";
import { createSink, type Sink } from "../../../shared/sink.ts";
import { openTracer } from "../../../shared/trace/open-tracer.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../../otlp-receiver.ts";

const Asked = defineEvent({
  type: "test.asked.v1",
  source: "/test",
  description: "Somebody asks.",
  data: z.object({ say: z.string() }),
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const SAMPLED = `00-${TRACE}-${SPAN}-01`;

describe("a function in a trace", () => {
  let receiver: OtlpReceiver;
  /** The Kubernetes API and the sink in one: what they were told. */
  let told: { url: string; traceparent: string | undefined; attribute: string | undefined }[];
  let other: ReturnType<typeof createServer>;
  let kube: KubeClient;
  let sink: Sink;
  let server: FunctionServer | undefined;
  let warnings: object[];
  let folder: string;
  const givenEnv = { ...process.env };

  // What is sent last has two seconds to be gone: loading the library is not part of what is told here.
  before(async function () {
    this.timeout(60_000);
    await import("@opentelemetry/exporter-trace-otlp-http");
    await import("@opentelemetry/resources");
  });
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
    told = [];
    warnings = [];
    other = createServer(({ url = "", headers }, response) => {
      const attribute = headers["ce-traceparent"];
      const { traceparent } = headers;
      told.push({
        url,
        traceparent: traceparent === undefined ? undefined : String(traceparent),
        attribute: attribute === undefined ? undefined : String(attribute),
      });
      const status = url.includes("/broken") ? 403 : 200;
      response.writeHead(status, { "content-type": "application/json" }).end('{"message":"no"}');
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    folder = mkdtempSync(join(tmpdir(), "vigie-trace-"));
    writeFileSync(
      `${folder}/kubeconfig`,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server: url } }],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    kube = createKubeClient({ env: { KUBECONFIG: `${folder}/kubeconfig` } });
    sink = createSink({ url, ceOverrides: "", log });
  });
  afterEach(async () => {
    await server?.close();
    await kube.close();
    sink.close();
    receiver.close();
    other.close();
    other.closeAllConnections();
    rmSync(folder, { recursive: true });
    process.env = { ...givenEnv };
  });

  const log: Logger = {
    debug() {},
    info() {},
    warn: (fields) => void warnings.push(fields),
    error: (fields) => void warnings.push(fields),
  };

  async function listen(env: Record<string, string>): Promise<string> {
    // The library of the exporter reads the environment itself.
    Object.assign(process.env, env);
    const tracer = await openTracer("tested", log, env);
    server = createFunctionServer({
      name: "tested",
      log,
      tracer,
      on: [
        on(Asked, async ({ id, data: { say } }) => {
          if (say === "fail") throw new PermanentError("NOT_EVER", "never");
          const path = `/api/v1/namespaces/shop/pods/${say}/resize`;
          await kube.request({ method: "PATCH", path, body: {} });
          await sink.send(Asked.create({ id: `sent-${id}`, data: { say } }));
          return {
            kind: "heard",
            reason: say,
            reply: Asked.create({ id: `re-${id}`, data: { say } }),
          };
        }),
      ],
      doors: [
        {
          method: "POST",
          path: "/door",
          async handle() {
            await sink.send(Asked.create({ id: "from-door", data: { say: "x" } }));
            return { status: 200 };
          },
        },
      ],
    });
    server.http.listen(0, "127.0.0.1");
    await once(server.http, "listening");
    return `http://127.0.0.1:${(server.http.address() as AddressInfo).port}`;
  }

  const ask = (url: string, say: string, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/test",
        "ce-type": Asked.type,
        ...headers,
      },
      body: JSON.stringify({ say }),
    });
  const spansOnceClosed = async () => {
    await server?.close();
    server = undefined;
    return new Map(receiver.spans.map((span) => [span.name, span]));
  };

  it("says nothing of traces when nobody asks and nobody records", async () => {
    const answer = await ask(await listen({}), "cart-0");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("ce-traceparent"), null);
    for (const each of told)
      assert.deepEqual([each.traceparent, each.attribute], [undefined, undefined]);
    assert.equal((await spansOnceClosed()).size, 0);
  });

  it("passes a trace on that it does not record: to the API, the sink and the reply", async () => {
    const url = await listen({});
    const answer = await ask(url, "cart-0", { "ce-traceparent": SAMPLED, "ce-tracestate": "a=1" });
    assert.equal(answer.headers.get("ce-traceparent"), SAMPLED);
    assert.equal(answer.headers.get("ce-tracestate"), "a=1");
    assert.equal(told[0]?.traceparent, SAMPLED);
    assert.equal(told[1]?.traceparent, SAMPLED);
    assert.equal(told[1]?.attribute, SAMPLED);
  });

  it("records how an event is taken in, handled, told to the API and answered", async () => {
    const url = await listen({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const answer = await ask(url, "cart-0", { "ce-traceparent": SAMPLED });
    const spans = await spansOnceClosed();
    assert.deepEqual(
      [...spans.values()].map(({ name, kind, traceId, service }) => [name, kind, traceId, service]),
      [
        ["PATCH pods/resize", 3, TRACE, "tested"],
        ["send test.asked.v1", 4, TRACE, "tested"],
        ["handle", 1, TRACE, "tested"],
        ["reply test.asked.v1", 4, TRACE, "tested"],
        ["process test.asked.v1", 5, TRACE, "tested"],
      ],
    );
    const whole = spans.get("process test.asked.v1");
    const handle = spans.get("handle");
    const patch = spans.get("PATCH pods/resize");
    assert.equal(whole?.parentSpanId, SPAN);
    assert.equal(handle?.parentSpanId, whole?.spanId);
    assert.equal(patch?.parentSpanId, handle?.spanId);
    assert.equal(whole?.attributes["cloudevents.event_id"], "1");
    assert.equal(patch?.attributes["url.path"], "/api/v1/namespaces/shop/pods/cart-0/resize");
    assert.equal(told[0]?.traceparent, `00-${TRACE}-${patch?.spanId}-01`);
    assert.equal(told[1]?.attribute, `00-${TRACE}-${spans.get("send test.asked.v1")?.spanId}-01`);
    const reply = spans.get("reply test.asked.v1");
    assert.equal(answer.headers.get("ce-traceparent"), `00-${TRACE}-${reply?.spanId}-01`);
    assert.ok(whole && patch && whole.startMs <= patch.startMs && patch.endMs <= whole.endMs);
    assert.equal(receiver.requests[0]?.path, "/v1/traces");
    assert.equal(receiver.requests[0]?.headers["content-type"], "application/json");
  });

  it("believes the event before the header that carried it", async () => {
    const header = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;
    const url = await listen({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    await ask(url, "cart-0", { "ce-traceparent": SAMPLED, traceparent: header });
    await ask(url, "cart-1", { traceparent: header });
    await ask(url, "cart-2", { "ce-traceparent": "nonsense", traceparent: header });
    await spansOnceClosed();
    const wholes = receiver.spans.filter(({ name }) => name.startsWith("process"));
    assert.deepEqual(
      wholes.map(({ traceId }) => traceId),
      [TRACE, "1".repeat(32), "1".repeat(32)],
    );
  });

  it("begins a trace at a door, and the event it sends goes on with it", async () => {
    const url = await listen({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    await fetch(`${url}/door`, { method: "POST" });
    const spans = await spansOnceClosed();
    const door = spans.get("POST /door");
    assert.equal(door?.parentSpanId, "");
    assert.match(door?.traceId ?? "", /^[0-9a-f]{32}$/);
    assert.equal(spans.get("send test.asked.v1")?.parentSpanId, door?.spanId);
    assert.ok(told[0]?.attribute?.startsWith(`00-${door?.traceId}-`));
  });

  it("says of a failure why: of the API's and of the event's", async () => {
    const url = await listen({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    assert.equal((await ask(url, "broken")).status, 422);
    assert.equal((await ask(url, "fail")).status, 422);
    await spansOnceClosed();
    const failed = receiver.spans.filter(({ status }) => status.code === 2);
    assert.deepEqual(
      failed.map(({ name, status }) => [name, status.message]),
      [
        ["PATCH pods/resize", "no"],
        ["handle", "no"],
        ["process test.asked.v1", "no"],
        ["handle", "never"],
        ["process test.asked.v1", "never"],
      ],
    );
  });

  it("does not record what its beginning was not sampled for, and says so to others", async () => {
    const url = await listen({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const answer = await ask(url, "cart-0", { "ce-traceparent": `00-${TRACE}-${SPAN}-00` });
    assert.match(answer.headers.get("ce-traceparent") ?? "", new RegExp(`^00-${TRACE}-.*-00$`));
    assert.equal((await spansOnceClosed()).size, 0);
  });

  it("samples a part of the traces that begin here, by their ids", async () => {
    const url = await listen({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0",
    });
    await ask(url, "cart-0");
    await ask(url, "cart-0", { "ce-traceparent": SAMPLED });
    await spansOnceClosed();
    assert.deepEqual([...new Set(receiver.spans.map(({ traceId }) => traceId))], [TRACE]);
  });

  it("refuses to start with what it cannot do, and names it", async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_SAMPLER: "jaeger_remote",
    };
    await assert.rejects(
      openTracer("tested", log, env),
      /OTEL_EXPORTER_OTLP_PROTOCOL[^]*OTEL_TRACES_SAMPLER/,
    );
  });

  it("is off where the environment says so", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: "true" };
    const answer = await ask(await listen(env), "cart-0");
    assert.equal(answer.headers.get("ce-traceparent"), null);
    assert.equal((await spansOnceClosed()).size, 0);
  });

  it("works on when nobody receives, and says that spans were lost", async () => {
    receiver.close();
    const url = await listen({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    assert.equal((await ask(url, "cart-0")).status, 200);
    await spansOnceClosed();
    assert.ok(warnings.some((fields) => "code" in fields && fields.code === "SPANS_LOST"));
  });
});
