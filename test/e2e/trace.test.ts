import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../otlp-receiver.ts";
import { webhook } from "./alertmanager.ts";
import { send } from "./http.ts";
import { base, type Runtime, startRuntime, waitFor } from "./runtime.ts";

type Pod = { metadata: { name: string } };

describe("one alert as one trace", function () {
  this.timeout(60_000);
  let receiver: OtlpReceiver;
  let vigie: Runtime;
  let folder: string;

  before(async () => {
    receiver = await startOtlpReceiver();
    folder = mkdtempSync(join(tmpdir(), "vigie-trace-"));
    const telemetry = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "telemetry", namespace: "vigie" },
      data: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    };
    const file = join(folder, "telemetry.yaml");
    writeFileSync(file, stringify(telemetry));
    vigie = await startRuntime("-f", base, "-f", file, "--no-clock");
  });
  after(async () => {
    await vigie?.stop();
    receiver.close();
    rmSync(folder, { recursive: true });
  });

  it("leads from Alertmanager's webhook to the resize call, through every function", async () => {
    const { items } = (await (
      await fetch(
        `http://127.0.0.1:${vigie.kubePort}/api/v1/namespaces/shop/pods?labelSelector=app%3Dcheckout`,
      )
    ).json()) as { items: Pod[] };
    const pod = items[0]?.metadata.name ?? "";
    const { url, host } = vigie.door("alert-source", "/alerts");
    const startsAt = new Date().toISOString();
    const body = webhook({ status: "firing", namespace: "shop", pod, percent: 92, startsAt });
    const headers = { "content-type": "application/json" };
    const answer = await send(url, { method: "POST", host, headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, answer.body);

    const { spans } = receiver;
    const pathTo = (span: ReceivedSpan | undefined): string[] => {
      if (span === undefined) return [];
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
      return [...pathTo(parent), `${span.service}: ${span.name}`];
    };
    const resizeOf = () => spans.find(({ name }) => name === "PATCH pods/resize");
    // Each function sends its spans by itself, when it has the time.
    await waitFor(
      "the spans of every function",
      () =>
        pathTo(resizeOf())[0]?.startsWith("alert-source") === true &&
        spans.some(({ service }) => service === "console"),
    );
    const resize = resizeOf();
    assert.deepEqual(pathTo(resize), [
      "alert-source: POST /alerts",
      "alert-source: send dev.vigie.alert.fired.v1",
      "alert-handle: process dev.vigie.alert.fired.v1",
      "alert-handle: reply dev.vigie.load.classified.v1",
      "resource-patch: process dev.vigie.load.classified.v1",
      "resource-patch: reply dev.vigie.resources.decided.v1",
      "resource-patch: process dev.vigie.resources.decided.v1",
      "resource-patch: handle",
      "resource-patch: PATCH pods/resize",
    ]);
    assert.deepEqual([...new Set(spans.map(({ traceId }) => traceId))], [resize?.traceId]);
    assert.deepEqual(
      spans.filter(({ status }) => status.code !== 0),
      [],
    );
  });
});
