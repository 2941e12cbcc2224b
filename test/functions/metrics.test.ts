import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAlertMetrics } from "../../functions/alert-handle/metrics.ts";
import { createScanMetrics } from "../../functions/label-scan/metrics.ts";
import { decide } from "../../functions/resource-patch/decide.ts";
import { metrics as resourcePatch } from "../../functions/resource-patch/metrics.ts";
import { LoadClassified } from "../../shared/events/load.ts";
import { Ping } from "../../shared/events/ping.ts";
import { ResourcesDecided } from "../../shared/events/decided.ts";
import { ResourcesSettled } from "../../shared/events/settled.ts";
import { LabelsScanned, ScanRequested } from "../../shared/events/scan.ts";
import type { FunctionMetrics } from "../../shared/metrics.ts";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import { webhook } from "../e2e/alertmanager.ts";
import { situation } from "./resource-patch/situations.ts";
import { runFunction } from "./run-function.ts";

const AT = "2026-11-21T10:00:00.000Z";
const LATER_MS = Date.parse("2026-11-21T10:00:04.000Z");

/** Series that are not 0, as `name{labels} value`. */
function shown({ instruments }: FunctionMetrics): string[] {
  return instruments.flatMap((instrument) =>
    instrument
      .samples()
      .filter(({ value }) => value !== 0)
      .map(({ metricName, labels, value }) => {
        const all = Object.entries(labels).map(([name, each]) => `${name}=${each}`);
        return `${metricName}{${all.join()}} ${value}`;
      }),
  );
}

describe("metrics of alert-handle", () => {
  const load = (observedAt: string) =>
    LoadClassified.create({
      id: "1",
      data: {
        namespace: "shop",
        pod: "cart-0",
        podUid: "u",
        resource: "cpu",
        percent: 92,
        band: "high",
        previousBand: "low",
        labels: { set: { "vigie.dev/load": "high" }, removed: [] },
        owner: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart-0" },
        managed: true,
        slaClass: "gold",
        observedAt,
        cause: { id: "1", type: "t", alertname: "PodLoadHigh" },
      },
    });
  const cause = Ping.create({ id: "1", data: {} });

  it("tell the change and how long after the fact it came", () => {
    const metrics = createAlertMetrics(() => LATER_MS);
    metrics.observe?.(cause, { kind: "labelled", reason: "", reply: load(AT) });
    // Known already: no label was written.
    metrics.observe?.(cause, { kind: "repeated", reason: "", reply: load(AT) });
    metrics.observe?.(cause, { kind: "gone", reason: "" });
    const text = shown(metrics);
    assert.ok(text.includes("vigie_label_changes_total{resource=cpu,load=high} 1"));
    assert.ok(text.includes("vigie_fact_to_label_seconds_sum{resource=cpu} 4"));
    assert.ok(text.includes("vigie_fact_to_label_seconds_bucket{resource=cpu,le=5} 1"));
    assert.ok(!text.some((line) => line.includes("le=2.5}")));
  });
});

describe("metrics of resource-patch", () => {
  const inputs = situation();
  const record = decide(inputs, rulesFor(DEFAULT_POLICY, inputs.slaClass));
  const decided = ResourcesDecided.create({ id: "1", data: record });

  it("tell decisions with their guards, verdicts, and the time from fact to size", () => {
    const cause = Ping.create({ id: "1", data: {} });
    resourcePatch.observe?.(cause, { kind: record.outcome, reason: "", reply: decided });
    const at = new Date(Date.parse(record.inputs.load.observedAt) + 4_000).toISOString();
    const settle = (outcome: "applied" | "infeasible") =>
      ResourcesSettled.create({
        id: "2",
        data: {
          decisionId: record.id,
          namespace: "shop",
          pod: "cart-0",
          podUid: "u",
          resource: "cpu",
          outcome,
          reason: "",
          at,
          changes: [],
        },
      });
    for (const outcome of ["applied", "infeasible"] as const) {
      resourcePatch.observe?.(decided, { kind: outcome, reason: "", reply: settle(outcome) });
    }
    const text = shown(resourcePatch);
    const { chosen, outcome } = record;
    const sla = inputs.slaClass;
    const line = `vigie_decisions_total{action=${chosen},outcome=${outcome},sla=${sla}} 1`;
    assert.ok(text.includes(line), text.join("\n"));
    assert.ok(text.includes("vigie_resizes_total{resource=cpu,outcome=applied} 1"));
    assert.ok(text.includes("vigie_resizes_total{resource=cpu,outcome=infeasible} 1"));
    assert.ok(text.includes("vigie_fact_to_resize_seconds_sum{resource=cpu} 4"));
    assert.ok(text.includes("vigie_fact_to_resize_seconds_count{resource=cpu} 1"));
    const hits = record.alternatives.flatMap(({ action, guards }) =>
      guards.map(({ code }) => `vigie_guard_hits_total{action=${action},guard=${code}}`),
    );
    assert.ok(hits.length > 0);
    for (const hit of hits)
      assert.ok(
        text.some((each) => each.startsWith(hit)),
        hit,
      );
  });
});

describe("metrics of label-scan", () => {
  const data = { pods: 7, namespaces: 1, nodes: 3, managed: 2, durationMs: 5 };
  const reply = LabelsScanned.create({ id: "2", data });
  const outcome = { kind: "scanned", reason: "", reply };

  it("tell the clock's review, and not a scan that somebody asked for", () => {
    const metrics = createScanMetrics(() => LATER_MS);
    metrics.observe?.(ScanRequested.create({ id: "1", data: {} }), outcome);
    assert.deepEqual(shown(metrics), []);
    metrics.observe?.(Ping.create({ id: "1", data: {} }), outcome);
    assert.deepEqual(shown(metrics), [
      `vigie_last_review_timestamp_seconds{} ${LATER_MS / 1000}`,
      "vigie_scanned_pods{} 7",
      "vigie_managed_workloads{} 2",
    ]);
  });
});

describe("GET /metrics", function () {
  this.timeout(20_000);

  it("of alert-source tells what became of the alerts, in Prometheus' text format", async () => {
    let status = 202;
    const sink = createServer((request, response) => {
      request.resume().once("end", () => response.writeHead(status).end());
    }).listen(0, "127.0.0.1");
    await once(sink, "listening");
    const K_SINK = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const running = await runFunction("alert-source", { K_SINK });
    try {
      const post = (pod: string) =>
        fetch(`${running.url}/alerts`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(
            webhook({ status: "firing", namespace: "shop", pod, percent: 92, startsAt: AT }),
          ),
        });
      assert.equal((await post("cart-0")).status, 200);
      status = 400;
      assert.equal((await post("cart-1")).status, 422);
      const answer = await fetch(`${running.url}/metrics`);
      const text = await answer.text();
      assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);
      assert.match(text, /^# TYPE vigie_alerts_total counter$/m);
      const line = (outcome: string) =>
        new RegExp(`^vigie_alerts_total{function="alert-source",outcome="${outcome}"} 1$`, "m");
      assert.match(text, line("accepted"));
      assert.match(text, line("refused"));
      assert.match(
        text,
        /^vigie_events_refused_total{function="alert-source",code="SINK_REFUSED"} 1$/m,
      );
    } finally {
      await running.stop();
      sink.close();
      sink.closeAllConnections();
    }
  });
});
