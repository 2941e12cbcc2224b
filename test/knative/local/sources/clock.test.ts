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
      `  contentType: application/json\n  data: '{"a":1}'\n  ceOverrides: { extensions: { Team: x, type: z } }`,
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
    const clock = createClock(
      await source("  timezone: Europe/Paris"),
      (event) => {
        sent.push(event);
        // A retry is the same event: the ticks after it come in between where the machine is busy.
        const tries = sent.filter((one) => one === event).length;
        const statuses = event === sent[0] ? [503, 503, 500] : [202];
        return Promise.resolve(statuses[tries - 1] ?? 202);
      },
      { jitter: false, onLost: (reason) => lost.push(reason) },
    );
    try {
      assert.ok((clock.nextRun()?.getTime() ?? 0) - Date.now() <= 1_000);
      await until("the loss", () => lost.length > 0);
    } finally {
      clock.close();
    }
    assert.deepEqual(lost, ["answered 500"]);
    const [first] = sent.map(({ attributes }) => attributes.get("id"));
    const tries = sent.filter(({ attributes }) => attributes.get("id") === first);
    assert.equal(tries.length, 3);
  });
});
