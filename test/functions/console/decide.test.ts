import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../../functions/console/decide.ts";
import { maxEntryBytes } from "../../../functions/console/fit.ts";
import { JournalEntry } from "../../../functions/console/contract.ts";
import type { Event } from "../../../shared/events/contract.ts";

const NOW_MS = 1_795_255_200_000;

const event = (overrides: Partial<Event> & Record<string, unknown> = {}): Event => ({
  specversion: "1.0",
  id: "1",
  source: "/curl",
  type: "dev.vigie.alert.fired.v1",
  data: { percent: 92 },
  ...overrides,
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function entryOf(input: Event): JournalEntry {
  const decision = decide(input, NOW_MS, false);
  return JournalEntry.parse(decision.entry);
}

describe("console decide", () => {
  it("keeps a dead letter with the function's own reason", () => {
    const entry = entryOf(
      event({
        knativeerrordest: "http://alert-handle.vigie.svc.cluster.local",
        knativeerrorcode: "422",
        knativeerrordata: base64(
          '{"code":"INVALID_DATA","message":"percent: \\"x\\" is no number"}',
        ),
      }),
    );
    assert.equal(entry.kind, "dead-letter");
    assert.deepEqual(entry.failure, {
      destination: "http://alert-handle.vigie.svc.cluster.local",
      status: 422,
      code: "INVALID_DATA",
      message: 'percent: "x" is no number',
    });
    assert.equal(entry.data, '{"percent":92}');
  });

  it("reads a reason that the broker has cut in the middle", () => {
    const body = '{"code":"INVALID_DATA","message":"first line\\nsecond li';
    const { failure } = entryOf(event({ knativeerrordata: base64(body) }));
    assert.equal(failure?.message, "first line\nsecond li");
  });

  it("shows a body that is not ours as it is", () => {
    const { failure } = entryOf(event({ knativeerrordata: base64("<h1>Bad gateway</h1>") }));
    assert.equal(failure?.message, "<h1>Bad gateway</h1>");
    assert.equal(failure?.code, null);
  });

  it("takes what is not base64 for the text itself", () => {
    const { failure } = entryOf(event({ knativeerrordata: "plain words!" }));
    assert.equal(failure?.message, "plain words!");
  });

  it("keeps two dead letters of one event that failed in two places, and one of a redelivery", () => {
    const keys = ["http://a", "http://b", "http://a"].map(
      (destination) => entryOf(event({ knativeerrordest: destination })).key,
    );
    assert.notEqual(keys[0], keys[1]);
    assert.equal(keys[0], keys[2]);
  });

  it("tells a classification in one line", () => {
    const entry = entryOf(
      event({
        type: "dev.vigie.load.classified.v1",
        data: {
          namespace: "shop",
          pod: "cart-1",
          podUid: "u",
          resource: "cpu",
          percent: 92,
          band: "high",
          previousBand: "low",
          labels: { set: {}, removed: [] },
          owner: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" },
          managed: true,
          slaClass: "gold",
          observedAt: "2026-11-21T10:00:00Z",
          cause: { id: "1", type: "t", alertname: "PodLoadHigh" },
        },
      }),
    );
    assert.equal(entry.kind, "classification");
    assert.equal(entry.summary, "shop/cart-1: cpu high at 92 %, was low");
  });

  it("tells a decision with its reason", () => {
    const entry = entryOf(
      event({
        type: "dev.vigie.resources.decided.v1",
        subject: "shop/cart-1",
        action: "keep",
        outcome: "keep",
        data: { reason: "cool-down of 60 s" },
      }),
    );
    assert.equal(entry.kind, "decision");
    assert.equal(entry.summary, "shop/cart-1: keep (cool-down of 60 s)");
  });

  it("keeps a dead letter that the broker says nothing about: no trigger sends that type here", () => {
    const { kind, reason, entry } = decide(event(), NOW_MS, false);
    assert.equal(kind, "dead-letter");
    assert.equal(reason, "the broker gave no reason");
    assert.equal(entry.failure, null);
  });

  it("takes the door's word for a dead letter that looks like what a trigger sends", () => {
    const decided = event({ type: "dev.vigie.resources.decided.v1", data: { reason: "resize" } });
    const given = decide(decided, NOW_MS, true);
    assert.equal(given.kind, "dead-letter");
    assert.equal(given.entry.kind, "dead-letter");
    assert.equal(given.entry.failure, null);
    assert.notEqual(given.entry.key, entryOf(decided).key);
  });

  it("cuts a large body and says by how much", () => {
    const data = "é".repeat(100_000);
    const entry = entryOf(event({ knativeerrorcode: "422", data }));
    assert.ok(entry.data.startsWith("éé"));
    assert.equal(Buffer.byteLength(entry.data) + entry.cutBytes, 200_000);
  });

  it("keeps every entry within 16 KiB, whatever the event", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.string({ unit: "binary", maxLength: 4000 })),
        fc.oneof(fc.jsonValue(), fc.string({ unit: "binary", minLength: 9000, maxLength: 30_000 })),
        (extensions, data) => {
          const entry = entryOf({
            ...event(),
            ...extensions,
            id: "1",
            type: "t",
            source: "/x",
            data,
            knativeerrordata: "x",
          });
          assert.ok(Buffer.byteLength(JSON.stringify(entry)) <= maxEntryBytes(entry));
          assert.equal(entry.attributes["id"], "1");
        },
      ),
    );
  });
});
