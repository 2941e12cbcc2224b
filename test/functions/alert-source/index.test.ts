import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type RunningFunction, runFunction, runToExit } from "../run-function.ts";
import { alert, alertWith, webhook } from "./webhook.ts";

describe("alert-source, as a process", function () {
  this.timeout(20_000);
  const received: IncomingHttpHeaders[] = [];
  let refuseWith: number | null = null;
  let sink: Server;
  let source: RunningFunction;

  before(async () => {
    sink = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        if (refuseWith === null) received.push(request.headers);
        response.writeHead(refuseWith ?? 202).end();
      });
    });
    sink.listen(0, "127.0.0.1");
    await once(sink, "listening");
    const { port } = sink.address() as AddressInfo;
    source = await runFunction("alert-source", {
      K_SINK: `http://127.0.0.1:${port}/vigie/default`,
      K_CE_OVERRIDES: '{"extensions":{"cluster":"lab"}}',
    });
  });
  after(async () => {
    const code = await source?.stop();
    sink.closeAllConnections();
    sink.close();
    assert.equal(code, 0);
  });

  const post = async (body: string, method = "POST") => {
    const answer = await fetch(`${source.url}/alerts`, {
      method,
      headers: { "content-type": "application/json", "user-agent": "Alertmanager/0.25.0" },
      ...(method === "POST" ? { body } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, json: text === "" ? null : (JSON.parse(text) as unknown) };
  };

  it("turns a webhook into events in the sink", async () => {
    received.length = 0;
    const body = webhook([alert(), alertWith({ pod: "b" }, { fingerprint: "b" })]);
    assert.deepEqual(await post(JSON.stringify(body)), {
      status: 200,
      json: { accepted: 2, truncated: 0 },
    });
    assert.deepEqual(
      received.map((headers) => [
        headers["ce-type"],
        headers["ce-subject"],
        headers["ce-alertname"],
        headers["ce-cluster"],
      ]),
      ["shop/cart-1", "shop/b"].map((subject) => [
        "dev.vigie.alert.fired.v1",
        subject,
        "podloadhigh",
        "lab",
      ]),
    );
  });

  it("takes a storm of 1,000 alerts in one body", async () => {
    received.length = 0;
    const storm = Array.from({ length: 1_000 }, (_, index) =>
      alertWith({ pod: `pod-${index}` }, { fingerprint: `${index}` }),
    );
    const body = JSON.stringify(webhook(storm));
    // As Alertmanager does: a machine that is too busy for 1,000 in 8 s takes the rest the next time.
    let answer = await post(body);
    while (answer.status === 503) answer = await post(body);
    assert.equal(answer.status, 200);
    const subjects = new Set(received.map((headers) => headers["ce-subject"]));
    assert.equal(subjects.size, 1_000);
  });

  it("answers 4xx with code and message when the sink refuses", async () => {
    refuseWith = 400;
    const { status, json } = await post(JSON.stringify(webhook([alert()])));
    refuseWith = null;
    assert.equal(status, 422);
    const { code, message } = json as { code: string; message: string };
    assert.equal(code, "SINK_REFUSED");
    assert.match(message, /^0 of 1 alert accepted/);
  });

  it("answers 400 to what is no webhook, and 405 to GET", async () => {
    assert.equal((await post("{")).status, 400);
    assert.equal((await post("{}")).status, 400);
    assert.equal((await post("", "GET")).status, 405);
  });

  it("does not start without a sink, and says so", async () => {
    const { code, output } = await runToExit("alert-source", {});
    assert.equal(code, 1);
    assert.match(output, /K_SINK/);
  });
});
