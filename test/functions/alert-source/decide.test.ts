import assert from "node:assert/strict";
import fc from "fast-check";
import { translate } from "../../../functions/alert-source/decide.ts";
import { fingerprintOf } from "../../../functions/alert-source/fingerprint.ts";
import { AppError } from "../../../shared/errors.ts";
import { Alert, AlertFired, AlertResolved } from "../../../shared/events/alert.ts";
import { alert, alertWith, webhook } from "./webhook.ts";

const only = (each: unknown) => {
  const { events, faults } = translate(webhook([each]));
  assert.deepEqual(faults, []);
  const event = events[0];
  assert.ok(event?.data);
  return Object.assign(event, { data: event.data });
};

describe("translate", () => {
  it("makes a fired event of a firing alert", () => {
    const event = only(alert());
    assert.equal(event.type, AlertFired.type);
    assert.equal(event.source, "/vigie/alert-source");
    assert.equal(event.subject, "shop/cart-1");
    assert.equal(event.time, "2026-11-20T11:44:43.396Z");
    assert.equal(event["alertname"], "podloadhigh");
    assert.equal(event["severity"], "critical");
    assert.equal(event["partitionkey"], "shop/cart-1");
    assert.equal(event.data.percent, 92);
    assert.equal(event.data.endsAt, null);
    assert.deepEqual(Alert.parse(event.data), event.data);
  });

  it("makes a resolved event, of the time it ended", () => {
    const event = only(alert({ status: "resolved", endsAt: "2026-11-20T11:50:00Z" }));
    assert.equal(event.type, AlertResolved.type);
    assert.equal(event.time, "2026-11-20T11:50:00Z");
    assert.equal(event.data.endsAt, "2026-11-20T11:50:00Z");
  });

  it("takes Go's zero time for no end", () => {
    const event = only(alert({ status: "resolved" }));
    assert.equal(event.time, "2026-11-20T11:44:43.396Z");
  });

  it("reads the status of each alert, not of the group", () => {
    const { events } = translate(webhook([alert({ status: "resolved" }), alert()]));
    assert.deepEqual(
      events.map(({ type }) => type),
      [AlertResolved.type, AlertFired.type],
    );
  });

  it("gives the same id to the same fact from another Alertmanager", () => {
    const twin = alert({
      generatorURL: "http://other",
      annotations: { ratio: "0.92", summary: "" },
    });
    assert.equal(only(twin).id, only(alert()).id);
  });

  it("gives another id to another incident, status, alert or reading", () => {
    const ids = [
      alert(),
      alert({ startsAt: "2026-11-20T12:00:00Z" }),
      alert({ status: "resolved" }),
      alert({ fingerprint: "1b18aa29cbb8d926" }),
      alert({ annotations: { ratio: "0.95" } }),
    ].map((each) => only(each).id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("gives another id to the same load read later, while it fires", () => {
    const read = (read_at: string, status = "firing") =>
      only(alert({ status, annotations: { ...alert().annotations, read_at } }));
    assert.equal(read("1763639083").data.readAt, "2025-11-20T11:44:43.000Z");
    assert.notEqual(read("1763639083").id, read("1763639383").id);
    assert.equal(read("1763639083").id, read("1763639083").id);
    assert.equal(read("1763639083", "resolved").id, read("1763639383", "resolved").id);
    for (const nonsense of ["", "soon", "1e309", "120", "2026-02-31T00:00:00Z"]) {
      assert.equal(read(nonsense).data.readAt, null, nonsense);
      assert.equal(read(nonsense).id, only(alert()).id);
    }
  });

  it("keeps an alert without a pod: whoever handles it says what is missing", () => {
    const { pod: _, ...labels } = alert().labels;
    const event = only(alert({ labels }));
    assert.equal(event.subject, undefined);
    assert.equal(event["partitionkey"], "07388315533bd331");
  });

  it("prefers the labels of the target to those of the exporter", () => {
    const event = only(alertWith({ exported_namespace: "shop", exported_pod: "db-0", pod: "ksm" }));
    assert.equal(event.subject, "shop/db-0");
  });

  it("computes a missing fingerprint as Alertmanager does", () => {
    const event = only(alert({ fingerprint: undefined }));
    assert.equal(event.data.fingerprint, fingerprintOf(alert().labels));
  });

  it("passes the good alerts and tells what is wrong with the others", () => {
    const { events, faults } = translate(webhook([{ status: "firing" }, alert(), 7]));
    assert.equal(events.length, 1);
    assert.equal(faults.length, 2);
    assert.match(faults[0] ?? "", /^alerts\[0\]: labels: .*startsAt: /);
    assert.match(faults[1] ?? "", /^alerts\[2\]: /);
  });

  it("counts the alerts that were cut off", () => {
    assert.equal(translate(webhook([], { truncatedAlerts: 7 })).truncated, 7);
  });

  for (const body of [null, 7, "x", [], {}, webhook([], { version: "3" }), { version: "4" }]) {
    it(`refuses ${JSON.stringify(body).slice(0, 40)} with 400`, () => {
      assert.throws(
        () => translate(body),
        (error) => error instanceof AppError && error.status === 400,
      );
    });
  }

  it("makes attributes of printable ASCII from whatever labels say", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, text, (pod, severity, alertname) => {
        fc.pre(pod !== "" && alertname !== "");
        const event = only(alertWith({ pod, severity, alertname }));
        for (const name of ["subject", "alertname", "severity", "partitionkey", "id"]) {
          const value: unknown = event[name];
          if (typeof value === "string") assert.match(value, /^[\x21-\x7e]+$/);
          else assert.equal(value, undefined);
        }
        assert.equal(event.data.labels["pod"], pod);
      }),
    );
  });

  it("throws nothing but a 400 for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (alerts) => {
        for (const body of [alerts, webhook([alerts]), { version: "4", alerts }]) {
          try {
            translate(body);
          } catch (error) {
            assert.ok(error instanceof AppError && error.status === 400);
          }
        }
      }),
    );
  });

  it("is not polluted by names of the prototype", () => {
    const body: unknown = JSON.parse(
      JSON.stringify(webhook([alert()])).replace('"alertname":', '"__proto__":"x","alertname":'),
    );
    const { events } = translate(body);
    assert.equal(events[0]?.subject, "shop/cart-1");
    assert.equal(Object.hasOwn(Object.prototype, "x"), false);
  });
});
