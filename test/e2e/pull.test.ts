import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { OBSERVED_AT } from "../../functions/alert-handle/observed-at.ts";
import { LEDGER } from "../../shared/pod-alerts/ledger.ts";
import { translateAlerts } from "../../functions/alert-source/decide.ts";
import { runFunction } from "../functions/run-function.ts";
import { cartLoad, hasPrometheus, startCart } from "./cart-scenario.ts";
import { postEvent } from "./http.ts";
import { type Runtime, waitFor } from "./runtime.ts";

type Metadata = { labels: Record<string, string>; annotations: Record<string, string> };

const CLOCK = "/apis/v1/namespaces/vigie/pingsources/review-clock";
describe("what a webhook has lost, read at a tick from the real servers", function () {
  this.timeout(90_000);
  let vigie: Runtime;

  before(async function () {
    // Pending by name.
    if (!hasPrometheus) this.skip();
    vigie = await startCart(460);
  });
  after(() => vigie?.stop());

  const url = () => `http://127.0.0.1:${vigie.kubePort}/api/v1/namespaces/shop/pods/cart`;
  const read = async () => ((await (await fetch(url())).json()) as { metadata: Metadata }).metadata;
  const change = async (metadata: object) => {
    const headers = { "content-type": "application/merge-patch+json" };
    const body = JSON.stringify({ metadata });
    assert.equal((await fetch(url(), { method: "PATCH", headers, body })).status, 200);
  };
  const band = async () => (await read()).labels["vigie.dev/load"];
  /** However often one was tried. */
  const handled = (type: string) =>
    vigie.lines.filter(
      (line) =>
        line["trigger"] === "alert-handle" &&
        line["eventType"] === `dev.vigie.${type}.v1` &&
        line["outcome"] !== "retrying",
    );
  const tick = async () => {
    const id = randomUUID();
    const ping = { id, type: "dev.knative.sources.ping", source: CLOCK };
    assert.equal((await postEvent(vigie.broker, ping, {})).status, 202);
    const isOurs = (line: Record<string, unknown>) =>
      line["trigger"] === "alert-source" &&
      line["eventId"] === id &&
      line["outcome"] !== "retrying";
    await waitFor("the tick", () => vigie.lines.some(isOurs));
    const line = vigie.lines.find(isOurs);
    assert.equal(line?.["outcome"], "delivered", JSON.stringify(line));
  };
  const door = (name: string) => {
    const ready = vigie.lines.find(({ kind }) => kind === "ready") as unknown as {
      doors: { name: string; url: string }[];
    };
    const found = ready.doors.find((each) => each.name === name);
    assert.ok(found);
    return found.url;
  };

  it("brings back a firing alert", async () => {
    await waitFor("high", async () => (await band()) === "high");
    // As though the webhook had never come.
    await change({
      labels: { "vigie.dev/load": null },
      annotations: { [LEDGER]: null, [OBSERVED_AT]: null },
    });
    await tick();
    await waitFor("the label", async () => (await band()) === "high");
  });

  it("tells a fact as the very event that the webhook was", async () => {
    const labels = { alertname: "PodCpuFailure", namespace: "shop", pod: "cart" };
    // The webhook leaves the last 0 out, the API does not.
    const startsAt = new Date().toISOString().replace(/\d\dZ$/, "90Z");
    const endsAt = new Date(Date.now() + 300_000).toISOString();
    const alert = { labels, annotations: { percent: "91" }, startsAt, endsAt };
    const [event] = translateAlerts([{ ...alert, status: "firing" }]).events;
    const answer = await fetch(new URL("api/v2/alerts", door("Alertmanager")), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([alert]),
    });
    assert.equal(answer.status, 200);
    const times = () => handled("alert.fired").filter((line) => line["eventId"] === event?.id);
    await waitFor("the webhook's", () => times().length === 1);
    await tick();
    await waitFor("the pulled one", () => times().length === 2);
  });

  it("asks a query of a file, one event a sample", async () => {
    const file = join(vigie.folder, "queries.yaml");
    writeFileSync(
      file,
      'queries:\n  - name: CartMemory\n    resource: memory\n    expr: namespace_pod:load:ratio{resource="memory"}\n',
    );
    const sent: { type: unknown; subject: unknown; data: { percent: number } }[] = [];
    const sink: Server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        sent.push({
          type: request.headers["ce-type"],
          subject: request.headers["ce-subject"],
          data: JSON.parse(body) as { percent: number },
        });
        response.writeHead(202).end();
      });
    });
    await once(sink.listen(0, "127.0.0.1"), "listening");
    const source = await runFunction("alert-source", {
      K_SINK: `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`,
      PROMETHEUS_URL: door("Prometheus"),
      PROMETHEUS_ALERTS: "off",
      QUERIES_FILE: file,
    });
    try {
      // While a look at the cluster has come too late for Prometheus it has no sample.
      await waitFor("the sample", async () => {
        const answer = await source.post({
          type: "dev.knative.sources.ping",
          id: randomUUID(),
          source: CLOCK,
          time: new Date().toISOString(),
        });
        assert.equal(answer.status, 204, source.output());
        return sent.length > 0;
      });
      assert.equal(sent.length, 1);
      assert.equal(sent[0]?.type, "dev.vigie.alert.fired.v1");
      assert.equal(sent[0]?.subject, "shop/cart");
      assert.ok(Math.abs((sent[0]?.data.percent ?? 0) - 12.5) < 5, `${sent[0]?.data.percent}`);
    } finally {
      await source.stop();
      sink.closeAllConnections();
      sink.close();
    }
  });

  it("brings back an end that was lost", async () => {
    const firing = await read();
    await change({
      annotations: { "scenario.vigie.dev/load": JSON.stringify(cartLoad(20)) },
    });
    await waitFor("the end", () => handled("alert.resolved").length > 0);
    await waitFor("low", async () => (await band()) === "low");
    const before = handled("alert.resolved").length;
    // As though no webhook had come since.
    await change({
      labels: { "vigie.dev/load": "high" },
      annotations: { [LEDGER]: firing.annotations[LEDGER] },
    });
    await tick();
    await waitFor("low again", async () => (await band()) === "low");
    await waitFor("the end again", () => handled("alert.resolved").length > before);
  });
});
