import assert from "node:assert/strict";
import type { HistoryEntry } from "../../../functions/number-receive/contract.ts";
import {
  acknowledge,
  entryOfAcknowledgement,
  entryOfNumber,
} from "../../../functions/number-receive/decide.ts";
import { NumberReceived, numberKey } from "../../../shared/events/number.ts";

const NOW_MS = 1_795_255_200_500;
const number = numberKey({ source: "/vigie/number-emit", id: "1" });
const facts = { number, value: 42, sequence: 1_795_255_200_000 };

const stored = (overrides: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...facts,
  latencyMs: 500,
  acknowledgements: [],
  ...overrides,
});

describe("number-receive decide", () => {
  it("measures the latency from the number's time", () => {
    assert.equal(entryOfNumber({ ...facts, atMs: NOW_MS - 120 }, NOW_MS).latencyMs, 120);
  });

  it("takes a clock that runs ahead for no latency", () => {
    assert.equal(entryOfNumber({ ...facts, atMs: NOW_MS + 5 }, NOW_MS).latencyMs, 0);
  });

  it("knows of an acknowledged number that it has not got itself", () => {
    const received = { ...facts, machine: "machine-2", latencyMs: 7 };
    assert.deepEqual(entryOfAcknowledgement(received, NOW_MS), {
      ...facts,
      latencyMs: null,
      acknowledgements: [{ machine: "machine-2", latencyMs: 7 }],
    });
  });

  it("refuses a number from next week", () => {
    const sequence = NOW_MS + 7 * 86_400_000;
    const refusal = { code: "SEQUENCE_IN_FUTURE", status: 422 };
    assert.throws(() => entryOfNumber({ ...facts, sequence, atMs: sequence }, NOW_MS), refusal);
    const received = { ...facts, sequence, machine: "machine-2", latencyMs: 7 };
    assert.throws(() => entryOfAcknowledgement(received, NOW_MS), refusal);
  });

  it("acknowledges what is stored, each time with the same id", () => {
    const first = acknowledge(stored(), "machine-1", "2026-11-21T10:00:00.500Z");
    const again = acknowledge(stored(), "machine-1", "2026-11-21T10:00:00.500Z");
    assert.deepEqual(first, again);
    assert.equal(first.reply?.["machine"], "machine-1");
    assert.deepEqual(NumberReceived.data.parse(first.reply?.data), {
      ...facts,
      machine: "machine-1",
      latencyMs: 500,
    });
  });

  it("gives each machine an id of its own", () => {
    const ids = ["machine-1", "machine-2"].map(
      (machine) => acknowledge(stored(), machine, "2026-11-21T10:00:00.500Z").reply?.id,
    );
    assert.notEqual(ids[0], ids[1]);
  });

  it("does not acknowledge what was too old to be kept", () => {
    const decision = acknowledge(null, "machine-1", "2026-11-21T10:00:00.500Z");
    assert.equal(decision.kind, "outdated");
    assert.equal(decision.reply, undefined);
  });
});
