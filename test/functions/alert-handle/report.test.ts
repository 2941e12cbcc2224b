import assert from "node:assert/strict";
import fc from "fast-check";
import { type AlertEvent, readReport } from "../../../functions/alert-handle/report.ts";
import { PermanentError } from "../../../shared/errors.ts";
import { type Alert, AlertFired, AlertResolved } from "../../../shared/events/alert.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const labels = { alertname: "PodLoadHigh", namespace: "shop", pod: "cart-1", resource: "cpu" };

function event(overrides: Partial<Alert> = {}, contract = AlertFired): AlertEvent {
  const data: Alert = {
    alertname: overrides.labels?.["alertname"] ?? "PodLoadHigh",
    labels,
    annotations: {},
    percent: 92,
    fingerprint: "07388315533bd331",
    startsAt: "2026-11-20T12:44:43.396123456+01:00",
    endsAt: null,
    ...overrides,
  };
  return { ...contract.create({ id: "1", data }), data };
}

const refused = (code: string) => (error: unknown) =>
  error instanceof PermanentError && error.code === code;

describe("readReport", () => {
  it("reads pod, resource, claim, value and time", () => {
    const report = readReport(event(), now);
    assert.equal(`${report?.namespace}/${report?.pod}`, "shop/cart-1");
    assert.equal(report?.resource, "cpu");
    const { at, claim, percent, firing } = report?.fact ?? {};
    assert.deepEqual([at, claim, percent, firing], ["2026-11-20T11:44:43.396Z", "high", 92, true]);
  });

  it("takes the end for the time of a resolved alert", () => {
    const report = readReport(event({ endsAt: "2026-11-20T11:50:00Z" }, AlertResolved), now);
    assert.equal(report?.fact.at, "2026-11-20T11:50:00.000Z");
    assert.equal(report?.fact.firing, false);
  });

  it("takes over when the value was read, if the alert says so", () => {
    const readAt = "2026-11-20T12:50:00+01:00";
    assert.equal(readReport(event({ readAt }), now)?.fact.readAt, "2026-11-20T11:50:00.000Z");
    for (const none of [null, undefined]) {
      const fact = readReport(event({ readAt: none }), now)?.fact;
      assert.equal(fact !== undefined && "readAt" in fact, false);
    }
    const ahead = event({ readAt: "2026-11-20T12:06:00Z" });
    assert.throws(() => readReport(ahead, now), refused("FUTURE_FACT"));
  });

  const names: [alertname: string, resource: string, claim: string][] = [
    ["PodCpuNormal", "cpu", "low"],
    ["PodHighCpuUsage", "cpu", "moderate"],
    ["PodCpuFailure", "cpu", "high"],
    ["PodMemoryNormal", "memory", "low"],
    ["PodHighMemoryUsage", "memory", "moderate"],
    ["PodMemoryFailure", "memory", "high"],
  ];
  for (const [alertname, resource, claim] of names) {
    it(`knows the original alert ${alertname}`, () => {
      const report = readReport(
        event({ labels: { alertname, namespace: "shop", pod: "p" }, percent: null }),
        now,
      );
      assert.deepEqual([report?.resource, report?.fact.claim], [resource, claim]);
    });
  }

  it("believes the rule's label load before its name", () => {
    const report = readReport(event({ labels: { ...labels, load: "moderate" } }), now);
    assert.equal(report?.fact.claim, "moderate");
  });

  it("is null for an alert about something else, whatever number it carries", () => {
    const queue = { alertname: "QueueLong", namespace: "shop", pod: "cart-1" };
    assert.equal(readReport(event({ labels: queue, percent: 5_000 }), now), null);
    assert.equal(readReport(event({ labels: { ...labels, resource: "disk" } }), now), null);
  });

  it("refuses an alert without a pod, or without a namespace", () => {
    const { pod: _, ...noPod } = labels;
    const { namespace: __, ...noNamespace } = labels;
    assert.throws(() => readReport(event({ labels: noPod }), now), refused("NO_POD"));
    assert.throws(() => readReport(event({ labels: noNamespace }), now), refused("NO_POD"));
  });

  it("refuses a load alert that tells no load, with the reason", () => {
    const unnamed = { ...labels, alertname: "Busy" };
    assert.throws(
      () =>
        readReport(
          event({ labels: unnamed, percent: null, percentNote: '"x" is no percent' }),
          now,
        ),
      /"x" is no percent/,
    );
  });

  it("refuses a fact of the future, but for the skew of clocks", () => {
    const at = (startsAt: string) => () => readReport(event({ startsAt }), now);
    assert.doesNotThrow(at("2026-11-20T12:04:59Z"));
    assert.throws(at("2026-11-20T12:05:01Z"), refused("FUTURE_FACT"));
    assert.throws(at("9999-12-31T23:59:59Z"), refused("FUTURE_FACT"));
  });

  it("throws nothing but a PermanentError, whatever the labels say", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "../..", "; rm -rf /", "constructor", "a\r\nb: c"),
    );
    const key = fc.constantFrom("alertname", "pod", "namespace", "resource", "load", "uid");
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(key, text), text), text, (hostile, fingerprint) => {
        try {
          const report = readReport(event({ labels: hostile, fingerprint }), now);
          if (report !== null) assert.match(report.fact.key, /^[0-9a-f]{32}$/);
        } catch (error) {
          assert.ok(error instanceof PermanentError);
        }
      }),
    );
  });
});
