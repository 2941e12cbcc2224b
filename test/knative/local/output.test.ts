import assert from "node:assert/strict";
import fc from "fast-check";
import type { Delivery } from "../../../knative/local/broker/delivery.ts";
import { createJsonOutput } from "../../../knative/local/json-output.ts";
import { printable } from "../../../knative/local/printable.ts";
import { createTextOutput } from "../../../knative/local/text-output.ts";

const delivery = (overrides: Partial<Delivery> = {}): Delivery => ({
  time: new Date(2026, 10, 21, 9, 8, 7, 6),
  eventType: "dev.vigie.number.emitted.v1",
  eventId: "1",
  broker: "vigie/default",
  trigger: "machine-1",
  subscriber: "machine-1",
  stage: "subscriber",
  start: "cold",
  status: 204,
  durationMs: 61.4,
  attempt: 1,
  outcome: "delivered",
  ...overrides,
});
const text = (hasColours: boolean) => {
  let written = "";
  const output = createTextOutput((more) => (written += more), hasColours);
  return { output, written: () => written };
};

describe("text output", () => {
  it("has one line per delivery: time, type, trigger and function, start, status, milliseconds", () => {
    const { output, written } = text(false);
    output.delivery(delivery());
    assert.match(
      written(),
      /^09:08:07\.006 dev\.vigie\.number\.emitted\.v1 +machine-1 → machine-1 +cold +204 +61 ms\n$/,
    );
  });

  it("shows how a service scales, and why", () => {
    const { output, written } = text(false);
    const scaled = { time: new Date(), namespace: "lab", service: "echo", from: 1, to: 3 };
    output.service({ ...scaled, state: "scaled", reason: "2.1 requests at once" });
    output.service({ ...scaled, state: "up", startMs: 51.2, replicas: 3 });
    assert.match(written(), /echo scales 1 → 3: 2\.1 requests at once\n/);
    assert.match(written(), /echo up \(cold 51 ms\), 3 ready\n/);
  });

  it("shows retries, dead letters and refusals with their reason", () => {
    const { output, written } = text(false);
    output.delivery(
      delivery({ outcome: "retrying", status: "error", reason: "reset", waitMs: 400 }),
    );
    output.delivery(delivery({ outcome: "dead-lettered", attempt: 3, reason: "422" }));
    const time = new Date();
    output.refused({ time, method: "POST", path: "/x", status: 400, code: "BAD", message: "no" });
    const [retry, dead, refused] = written().split("\n");
    assert.match(retry ?? "", /retrying in 0\.4 s: reset$/);
    assert.match(dead ?? "", /attempt 3 ✗ dead-lettered: 422$/);
    assert.match(refused ?? "", /refused 400 POST \/x BAD: no$/);
  });

  it("tells of an event that no trigger takes, and of more of them after a minute", () => {
    const { output, written } = text(false);
    const of = { eventId: "1", broker: "vigie/default" };
    const tell = (eventType: string, atMs: number) =>
      output.unmatched({ ...of, eventType, time: new Date(atMs) });
    tell("dev.vigie.number.emited.v1", 0);
    assert.match(written(), /number\.emited\.v1 +no trigger of vigie\/default takes it\n$/);
    tell("dev.vigie.number.emited.v1", 59_999);
    assert.equal(written().split("\n").length, 2);
    tell("dev.vigie.number.emited.v1", 60_000);
    tell("dev.vigie.number.omitted.v1", 60_001);
    assert.equal(written().split("\n").length, 4);
  });

  it("names the triggers that might have taken it, had they been ready: three of them", () => {
    const { output, written } = text(false);
    const of = { eventId: "1", eventType: "a", broker: "lab/default", time: new Date(0) };
    output.unmatched({ ...of, waiting: ["one"] });
    assert.match(written(), /no trigger of lab\/default takes it; not ready: one\n$/);
    output.unmatched({ ...of, waiting: ["a", "b", "c", "d"] });
    assert.match(written(), /; not ready: a, b, c, …\n$/);
  });

  it("tells when a function is up and at zero", () => {
    const { output, written } = text(false);
    const of = { time: new Date(), namespace: "vigie", service: "machine-1" };
    output.service({ ...of, state: "up", startMs: 40.7, replicas: 1 });
    output.service({ ...of, state: "zero" });
    assert.match(written(), /machine-1 up \(cold 41 ms\)\n.*machine-1 at zero\n/);
  });

  it("colours only when asked to", () => {
    const [plain, coloured] = [text(false), text(true)];
    for (const { output } of [plain, coloured]) output.delivery(delivery());
    assert.ok(!plain.written().includes("\u001b") && coloured.written().includes("\u001b[32m"));
  });

  it("stays one clean line whatever an event is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (hostile) => {
        const { output, written } = text(false);
        output.delivery(delivery({ eventType: `\u001b[2J\n${hostile}`, reason: hostile }));
        assert.match(written(), /^\P{Cc}+\n$/u);
      }),
    );
  });
});

describe("JSON output", () => {
  it("has one object per line, with its kind", () => {
    let written = "";
    const output = createJsonOutput((more) => (written += more));
    output.ready([{ name: "broker", url: "http://localhost" }], 12.3);
    output.delivery(delivery({ eventType: "a\nb" }));
    output.note("hello");
    const lines = written
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ["ready", "delivery", "note"],
    );
  });
});

describe("printable", () => {
  it("shows control characters instead of sending them", () => {
    assert.equal(printable("a\u001b[31m\r\n\u202eé"), "a\\x1b[31m\\x0d\\x0a\\x202eé");
  });
});
