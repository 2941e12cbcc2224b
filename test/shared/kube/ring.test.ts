import assert from "node:assert/strict";
import fc from "fast-check";
import { historyRules } from "../../../functions/number-receive/history.ts";
import type { HistoryEntry } from "../../../functions/number-receive/contract.ts";
import { mergeRing, type RingRules } from "../../../shared/kube/ring.ts";

/** Few keys and machines, so that accounts meet; the sequence follows from the key, as it does for real. */
const account: fc.Arbitrary<HistoryEntry> = fc
  .record({
    key: fc.nat(40),
    latencyMs: fc.option(fc.nat(100)),
    machine: fc.constantFrom("machine-1", "machine-2", "machine-3"),
    ackMs: fc.option(fc.nat(100)),
  })
  .map(({ key, latencyMs, machine, ackMs }) => ({
    number: String(key),
    value: key,
    sequence: 1000 + Math.floor(key / 2),
    latencyMs,
    acknowledgements: ackMs === null ? [] : [{ machine, latencyMs: ackMs }],
  }));

const small: RingRules<HistoryEntry> = { ...historyRules, maxEntries: 8, maxBytes: 900 };

type Growing = { key: number; marks: readonly number[] };
const growing: RingRules<Growing> = {
  keyOf: ({ key }) => String(key),
  orderOf: ({ key }) => key,
  merge: (left, right) => ({
    key: left.key,
    marks: [...new Set([...left.marks, ...right.marks])].toSorted((a, b) => a - b),
  }),
  maxEntries: 100,
  maxBytes: 300,
};

/** Adds the accounts twice, shuffled, in batches; the end must be the same as all at once. */
function assertConverges<E>(rules: RingRules<E>, account: fc.Arbitrary<E>): void {
  const scenario = fc.array(account, { maxLength: 60 }).chain((accounts) => {
    const twice = [...accounts, ...accounts];
    return fc.record({
      accounts: fc.constant(accounts),
      shuffled: fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length }),
      batchSize: fc.integer({ min: 1, max: 9 }),
    });
  });
  fc.assert(
    fc.property(scenario, ({ accounts, shuffled, batchSize }) => {
      let ring: readonly E[] = [];
      for (let start = 0; start < shuffled.length; start += batchSize) {
        ring = mergeRing(rules, ring, shuffled.slice(start, start + batchSize));
      }
      assert.deepEqual(ring, mergeRing(rules, [], accounts));
    }),
    { numRuns: 300 },
  );
}

describe("mergeRing", () => {
  it("ends in the same history whatever the order, the repetitions and the batches", () => {
    assertConverges({ ...historyRules, maxEntries: 8 }, account);
  });

  it("ends in the same list at the bound of bytes too, for entries that only grow", () => {
    assertConverges(
      growing,
      fc
        .nat(30)
        .chain((key) => fc.array(fc.nat(9), { maxLength: 1 }).map((marks) => ({ key, marks }))),
    );
  });

  it("keeps both bounds", () => {
    fc.assert(
      fc.property(fc.array(account, { maxLength: 60 }), (accounts) => {
        const history = mergeRing(small, [], accounts);
        assert.ok(history.length <= 8);
        assert.ok(Buffer.byteLength(JSON.stringify(history)) <= 900);
      }),
    );
  });

  it("orders by newness and keeps the newest", () => {
    const rules: RingRules<{ key: string; at: number }> = {
      keyOf: ({ key }) => key,
      orderOf: ({ at }) => at,
      merge: (left) => left,
      maxEntries: 2,
      maxBytes: 1000,
    };
    const entries = [
      { key: "b", at: 2 },
      { key: "a", at: 1 },
      { key: "c", at: 3 },
    ];
    assert.deepEqual(mergeRing(rules, entries, []), [
      { key: "c", at: 3 },
      { key: "b", at: 2 },
    ]);
  });

  it("bounds each group for itself", () => {
    const rules: RingRules<{ key: string; at: number }> = {
      keyOf: ({ key }) => key,
      orderOf: ({ at }) => at,
      merge: (left) => left,
      groupOf: ({ key }) => key.slice(0, 1),
      maxEntries: 1,
      maxBytes: 1000,
    };
    const entries = ["a1", "b2", "b3", "b4"].map((key, at) => ({ key, at }));
    assert.deepEqual(
      mergeRing(rules, [], entries).map(({ key }) => key),
      ["b4", "a1"],
    );
  });

  it("treats names of Object.prototype as any other key", () => {
    const entry = { ...blank, number: "__proto__" };
    const acknowledged = {
      ...entry,
      acknowledgements: [{ machine: "constructor", latencyMs: 1 }],
    };
    assert.deepEqual(mergeRing(small, [entry], [acknowledged]), [acknowledged]);
  });
});

const blank: HistoryEntry = {
  number: "",
  value: 1,
  sequence: 1,
  latencyMs: 1,
  acknowledgements: [],
};
