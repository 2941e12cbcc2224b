import assert from "node:assert/strict";
import { viewNumbers } from "../../../functions/number-receive/view.ts";

const SEQUENCE = 1_795_255_200_000;

const entry = (tick: number, machines: readonly string[]) => ({
  number: String(tick),
  value: tick,
  sequence: SEQUENCE + tick * 10_000,
  latencyMs: machines.includes("machine-1") ? 5 : null,
  acknowledgements: machines.map((machine) => ({ machine, latencyMs: 5 })),
});

const missingOf = (entries: ReturnType<typeof entry>[], nowMs: number) =>
  viewNumbers({ machine: "machine-1", isDurable: true, entries }, nowMs).numbers.map(
    ({ missing }) => missing,
  );

describe("number-receive view", () => {
  const both = ["machine-1", "machine-2"];

  it("names a machine that has been silent for 30 s", () => {
    const entries = [entry(1, ["machine-1"]), entry(0, both)];
    assert.deepEqual(missingOf(entries, SEQUENCE + 40_000), [["machine-2"], []]);
  });

  it("waits before it calls a number missing", () => {
    const entries = [entry(1, ["machine-1"]), entry(0, both)];
    assert.deepEqual(missingOf(entries, SEQUENCE + 39_999), [[], []]);
  });

  it("shows what this machine has missed, known from another's acknowledgement", () => {
    const entries = [entry(1, ["machine-2"]), entry(0, both)];
    assert.deepEqual(missingOf(entries, SEQUENCE + 99_000), [["machine-1"], []]);
  });

  it("does not blame a machine for numbers from before its first", () => {
    const entries = [entry(1, both), entry(0, ["machine-1"])];
    assert.deepEqual(missingOf(entries, SEQUENCE + 99_000), [[], []]);
  });

  it("lists the machines, itself among them though it has acknowledged nothing", () => {
    const history = { machine: "machine-1", isDurable: false, entries: [entry(0, ["machine-2"])] };
    const view = viewNumbers(history, SEQUENCE);
    assert.deepEqual(view.machines, ["machine-1", "machine-2"]);
    assert.equal(view.isDurable, false);
    assert.equal(view.numbers[0]?.time, new Date(SEQUENCE).toISOString());
  });
});
