import assert from "node:assert/strict";
import type { CloudEvent } from "../../../../knative/local/broker/cloud-event.ts";
import type { PingSource } from "../../../../knative/local/manifests/ping-source.ts";
import { createClock, pingEvent } from "../../../../knative/local/sources/clock.ts";
import { until, wire } from "../broker/harness.ts";

async function source(spec: string): Promise<PingSource> {
  const { pingSources } = await wire(`apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: tick, namespace: test }
spec:
  schedule: "* * * * * *"
  sink: { uri: "http://x.test/" }
${spec}`);
  return pingSources[0] as PingSource;
}

describe("clock of a PingSource", () => {
  it("sends what the adapter of Knative sends", async () => {
    const ping = await source(
      `  contentType: application/json\n  data: '{"a":1}'\n  ceOverrides: { extensions: { Team: x, type: y } }`,
    );
    const { attributes, data } = pingEvent(ping, "id", new Date(0));
    assert.deepEqual(Object.fromEntries(attributes), {
      specversion: "1.0",
      id: "id",
      source: "/apis/v1/namespaces/test/pingsources/tick",
      type: "dev.knative.sources.ping",
      time: "1970-01-01T00:00:00.000Z",
      datacontenttype: "application/json",
      team: "x",
    });
    assert.equal(data?.toString(), '{"a":1}');
  });

  it("has no content type without data", async () => {
    const { attributes, data } = pingEvent(
      await source("  contentType: text/plain"),
      "id",
      new Date(),
    );
    assert.equal(attributes.has("datacontenttype"), false);
    assert.equal(data, null);
  });

  it("tries 503 again, not 500, and says what is lost", async () => {
    const sent: CloudEvent[] = [];
    const lost: string[] = [];
    const statuses = [503, 503, 500];
    const clock = createClock(
      await source("  timezone: Europe/Paris"),
      (event) => {
        sent.push(event);
        return Promise.resolve(statuses[sent.length - 1] ?? 202);
      },
      { jitter: false, onLost: (reason) => lost.push(reason) },
    );
    try {
      assert.ok((clock.nextRun()?.getTime() ?? 0) - Date.now() <= 1_000);
      await until("the loss", () => lost.length > 0, 4_000);
    } finally {
      clock.close();
    }
    assert.deepEqual(lost, ["answered 500"]);
    const ids = sent.slice(0, 3).map(({ attributes }) => attributes.get("id"));
    assert.equal(new Set(ids).size, 1, "a retry is the same event");
  }).timeout(6_000);
});
