import assert from "node:assert/strict";
import fc from "fast-check";
import { dueAt, parseQueries, toReadings } from "../../../functions/alert-source/queries.ts";
import { readReport } from "../../../functions/alert-handle/report.ts";
import { AlertFired } from "../../../shared/events/alert.ts";

const query = (overrides: object = {}) => {
  const [first] = parseQueries({
    queries: [{ name: "PodCpu", expr: "namespace_pod:load:ratio", resource: "cpu", ...overrides }],
  });
  assert.ok(first);
  return first;
};
const sample = (value: number, labels: Record<string, string> = {}) => ({
  labels: { __name__: "x", namespace: "shop", pod: "cart", ...labels },
  value,
});
const tickMs = Date.parse("2026-11-21T10:15:00.200Z");

describe("parseQueries", () => {
  for (const [name, overrides] of Object.entries({
    "a name that is no label value of an alert": { name: "a b" },
    "no expression": { expr: "" },
    "an expression of 5,000 characters": { expr: "x".repeat(5_000) },
    "a resource that nobody sizes": { resource: "disk" },
    "a period of nothing": { everyMinutes: 0 },
    "a period of half a minute": { everyMinutes: 0.5 },
    "more samples than a storm": { maxSamples: 1_000_000 },
    "a field that it does not know": { every: "5m" },
  })) {
    it(`refuses ${name}`, () => assert.throws(() => query(overrides), /not valid/));
  }

  it("refuses two queries of one name", () => {
    const one = { name: "A", expr: "x", resource: "cpu" };
    assert.throws(() => parseQueries({ queries: [one, one] }), /same name/);
  });
});

describe("dueAt", () => {
  it("asks at the minutes that are a multiple of the period, and without one always", () => {
    const queries = [query(), query({ everyMinutes: 15 }), query({ everyMinutes: 60 })];
    const periods = (time: string) =>
      dueAt(queries, Date.parse(time)).map(({ everyMinutes }) => everyMinutes);
    assert.deepEqual(periods("2026-11-21T10:15:00.400Z"), [undefined, 15]);
    assert.deepEqual(periods("2026-11-21T11:00:00.010Z"), [undefined, 15, 60]);
    assert.deepEqual(periods("2026-11-21T11:01:00.010Z"), [undefined]);
  });
});

describe("toReadings", () => {
  it("makes one alert of each sample, which alert-handle reads as a load", () => {
    const { events, faults } = toReadings(query(), [sample(0.925)], tickMs);
    assert.deepEqual(faults, []);
    const [event] = events;
    assert.ok(event?.data);
    assert.equal(event.type, AlertFired.type);
    assert.equal(event.subject, "shop/cart");
    const report = readReport(Object.assign(event, { data: event.data }), tickMs);
    assert.ok(report);
    const { resource, fact } = report;
    assert.equal(resource, "cpu");
    assert.equal(fact.percent, 92.5);
    assert.equal(fact.at, "2026-11-21T10:15:00.200Z");
    assert.equal(fact.claim, null);
  });

  it("gives the same id to the same sample of the same tick, another to the next tick", () => {
    const id = (atMs: number) => toReadings(query(), [sample(0.5)], atMs).events[0]?.id;
    assert.equal(id(tickMs), id(tickMs));
    assert.notEqual(id(tickMs), id(tickMs + 900_000));
  });

  it("refuses by name what is no load, and sends the others", () => {
    const { events, faults } = toReadings(
      query({ unit: "percent" }),
      [
        sample(Number.NaN),
        sample(Infinity),
        sample(-1),
        sample(2e6),
        sample(50, { pod: "" }),
        sample(50),
      ],
      tickMs,
    );
    assert.equal(events.length, 1);
    assert.deepEqual(faults, [
      'query PodCpu: "shop/cart" is at NaN',
      'query PodCpu: "shop/cart" is at Infinity',
      'query PodCpu: "shop/cart" is at -1 %, not from 0 to 1000000 %',
      'query PodCpu: "shop/cart" is at 2000000 %, not from 0 to 1000000 %',
      "query PodCpu: a sample has no label namespace or pod",
    ]);
  });

  it("sends none of too many samples: a query has lost its selector", () => {
    const samples = [sample(0.1, { pod: "a" }), sample(0.1, { pod: "b" })];
    const { events, faults } = toReadings(query({ maxSamples: 1 }), samples, tickMs);
    assert.equal(events.length, 0);
    assert.deepEqual(faults, ["query PodCpu: 2 samples, more than 1: none is sent"]);
  });

  it("gives every number a percent from 0 up or a fault, never both", () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom("ratio", "percent"), (value, unit) => {
        const { events, faults } = toReadings(query({ unit }), [sample(value)], tickMs);
        assert.equal(events.length + faults.length, 1);
        for (const event of events) {
          const percent = event.data?.percent;
          assert.ok(typeof percent === "number" && percent >= 0 && percent <= 1_000_000);
        }
      }),
    );
  });
});
