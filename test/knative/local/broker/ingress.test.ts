import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import {
  brokerYaml,
  post,
  type Running,
  startBrokers,
  startSubscriber,
  type Subscriber,
  triggerYaml,
  until,
} from "./harness.ts";

describe("broker ingress", () => {
  let running: Running;
  let subscriber: Subscriber;
  let url: string;

  before(async () => {
    subscriber = await startSubscriber((_, response) => response.writeHead(204).end());
    const yaml = brokerYaml() + triggerYaml("all", subscriber.url);
    running = await startBrokers(yaml, "sync", { maxBodyBytes: 10_000 });
    url = `${running.url}/test/default`;
  });
  after(async () => {
    await running?.close();
    await subscriber?.close();
  });

  const structured = (body: string, path = "/test/default") =>
    fetch(running.url + path, {
      method: "POST",
      headers: { "content-type": "application/cloudevents+json" },
      body,
    });
  const clear = async (response: Response, status: number) => {
    const text = await response.text();
    assert.equal(response.status, status, text);
    assert.equal(response.headers.get("allow"), "POST, OPTIONS");
    const { code, message } = JSON.parse(text) as { code: string; message: string };
    assert.match(code, /^[A-Z_]+$/);
    assert.ok(message.length > 0);
    const refusal = running.refusals.at(-1);
    assert.deepEqual([refusal?.status, refusal?.code], [status, code]);
  };

  it("answers 202 without a body to an event", async () => {
    const response = await post(url, { type: "a" });
    assert.equal(response.status, 202);
    assert.equal(await response.text(), "");
    assert.equal(response.headers.get("allow"), "POST, OPTIONS");
  });

  it("takes one trailing slash", async () => {
    assert.equal((await post(`${url}/`, { type: "a" })).status, 202);
  });

  it("answers 200 to OPTIONS on any path", async () => {
    const response = await fetch(`${running.url}/no/such/path`, { method: "OPTIONS" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("webhook-allowed-origin"), "*");
    assert.equal(response.headers.get("webhook-allowed-rate"), "*");
  });

  it("answers 405 to other methods", async () => {
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      await clear(await fetch(url, { method }), 405);
    }
  });

  it("answers 404 to / and 400 to a path without two segments", async () => {
    await clear(await post(running.url, { type: "a" }), 404);
    for (const path of ["/test", "/test/default/more", "//default", "/a/b/c/d"]) {
      await clear(await post(running.url + path, { type: "a" }), 400);
    }
  });

  it("answers 404 to an unknown broker, also with a query or odd names", async () => {
    for (const path of [
      "/test/other",
      "/test/default?x=1",
      "/__proto__/constructor",
      "/test/..%2f",
    ]) {
      await clear(await post(running.url + path, { type: "a" }), 404);
    }
  });

  it("answers 400 rather than 404 to an invalid event for an unknown broker", async () => {
    await clear(await post(`${running.url}/test/other`, { type: "" }), 400);
  });

  it("answers 400 to what is no event", async () => {
    await clear(await fetch(url, { method: "POST", body: "{}" }), 400);
    await clear(await structured("{no"), 400);
    await clear(await structured("[]"), 400);
    // As Go's JSON, which has no byte order mark.
    const bare = { specversion: "1.0", id: "1", source: "/t", type: "a" };
    await clear(await structured(`\ufeff${JSON.stringify(bare)}`), 400);
    await clear(await post(url, { type: "a", specversion: "2.0" }), 400);
    const headers = { "content-type": "application/cloudevents-batch+json" };
    await clear(await fetch(url, { method: "POST", headers, body: "[]" }), 400);
  });

  it("answers 400 to attributes that are wrong", async () => {
    const wrongs: Record<string, string>[] = [
      { type: "" },
      { id: "" },
      { source: "" },
      { time: "now" },
      { bad_name: "x" },
    ];
    for (const wrong of wrongs) {
      await clear(await post(url, { type: "a", ...wrong }), 400);
    }
    const envelope =
      '{"specversion":"1.0","id":"1","source":"/s","type":"a","subject":"a\\r\\nx: y"}';
    await clear(await structured(envelope), 400);
  });

  it("answers 400 when the TTL is used up", async () => {
    await clear(await post(url, { type: "a", knativebrokerttl: "1" }), 400);
    assert.equal((await post(url, { type: "a", knativebrokerttl: "2" })).status, 202);
  });

  it("answers 413 to a body over the limit, declared or not", async () => {
    await clear(await post(url, { type: "a" }, "x".repeat(10_001)), 413);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { "ce-specversion": "1.0", "transfer-encoding": "chunked" };
      const sending = request(url, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sending.on("error", reject);
      sending.write("x".repeat(6_000));
      sending.write("x".repeat(6_000));
    });
    assert.equal(status, 413);
  });

  it("delivers in binary mode, with arrival time and without TTL", async () => {
    subscriber.received.length = 0;
    const data = '{"n": 12345678901234567890}';
    await structured(
      `{"specversion":"1.0","id":"7","source":"/s","type":"a","flag":true,"subject":"é","data":${data}}`,
    );
    const { headers, body } = subscriber.received[0]!;
    assert.equal(body, data);
    assert.equal(headers["ce-id"], "7");
    assert.equal(headers["ce-flag"], "true");
    assert.equal(headers["content-type"], "application/json");
    assert.equal(Buffer.from(String(headers["ce-subject"]), "latin1").toString(), "é");
    assert.match(String(headers["ce-knativearrivaltime"]), /^\d{4}-/);
    assert.equal(headers["ce-knativebrokerttl"], undefined);
    assert.equal(headers["prefer"], "reply");
    assert.equal(headers["kn-namespace"], "test");
  });

  it("passes on the headers of Knative's list, and no others", async () => {
    subscriber.received.length = 0;
    const passed = { "x-request-id": "r", "knative-foo": "k", "x-b3-traceid": "b" };
    await post(url, { type: "a" }, "{}", { ...passed, "x-other": "o", authorization: "secret" });
    const { headers } = subscriber.received[0]!;
    for (const [name, value] of Object.entries(passed)) assert.equal(headers[name], value);
    assert.equal(headers["x-other"], undefined);
    assert.equal(headers["authorization"], undefined);
  });

  it("refuses whoever asks for a host of the internet, before reading or telling anything", async () => {
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/dead-letters"],
      ["POST", "/test/default"],
    ] as const) {
      const asked = request(`${running.url}${path}`, {
        method,
        headers: { host: "rebound.example" },
      });
      asked.end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const refused = (await json(answer)) as { code: string };
      assert.deepEqual([answer.statusCode, refused.code], [421, "FOREIGN_HOST"]);
      assert.equal(running.refusals.at(-1)?.code, "FOREIGN_HOST");
    }
  });

  it("shows what is wired, as JSON and as a page", async () => {
    const status = (await (await fetch(running.url)).json()) as {
      brokers: { name: string; triggers: { name: string; counts: { delivered: number } }[] }[];
    };
    assert.equal(status.brokers[0]?.name, "test/default");
    assert.ok((status.brokers[0]?.triggers[0]?.counts.delivered ?? 0) > 0);
    const page = await fetch(running.url, { headers: { accept: "text/html" } });
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
    const html = await page.text();
    for (const [, path] of html.matchAll(/(?:href|src)="(\/page[^"]*)"/g)) {
      assert.equal((await fetch(`${running.url}${path}`)).status, 200, path);
    }
    assert.doesNotMatch(html, /https?:\/\//);
  });

  it("keeps running when a sender leaves in the middle of a body", async () => {
    const sending = request(url, { method: "POST", headers: { "content-length": 100 } });
    sending.on("error", () => {});
    const seen = running.refusals.length;
    // With the head and a byte in the system's hands, which reach the broker whatever comes after.
    await new Promise((done) => sending.write("x", done));
    sending.destroy();
    await until("the refusal", () => running.refusals.length > seen);
    assert.equal((await post(url, { type: "a" })).status, 202);
  });
});
