import assert from "node:assert/strict";
import fc from "fast-check";
import { withinBounds } from "../../../../functions/resource-patch/sizing/bounds.ts";
import { ChangeLog } from "../../../../functions/resource-patch/sizing/change-log.ts";
import { move } from "../../../../functions/resource-patch/sizing/move.ts";

const settings = {
  upRatio: 0.2,
  downRatio: 0.2,
  strainRatio: 0.08,
  upEveryMinutes: 180,
  downEveryMinutes: 180,
};
const calm = {
  changesLastDay: 0,
  ownChangesLastDay: 0,
  secondsSinceChange: Infinity,
  canShrink: true,
};
const wish = { current: 100, isUrgent: false, isForced: false };

describe("sizing/move", () => {
  const cases = [
    { says: "keeps what is near enough above", wanted: 119, kind: "keep" },
    { says: "keeps what is near enough below", wanted: 81, kind: "keep" },
    { says: "goes up past a fifth", wanted: 121, kind: "up" },
    { says: "goes down past a fifth", wanted: 79, kind: "down" },
    {
      says: "waits with what is not urgent",
      wanted: 150,
      past: { secondsSinceChange: 60 },
      kind: "keep",
    },
    {
      says: "goes up at once when it is urgent",
      wanted: 150,
      past: { secondsSinceChange: 60 },
      more: { isUrgent: true },
      kind: "up",
    },
    { says: "takes any step up that is forced", wanted: 101, more: { isForced: true }, kind: "up" },
    { says: "goes down slowly", wanted: 50, past: { secondsSinceChange: 3600 }, kind: "keep" },
    {
      says: "does not go down on little history",
      wanted: 10,
      past: { canShrink: false },
      kind: "keep",
    },
    {
      says: "does not go down on a spent budget",
      wanted: 1,
      past: { changesLastDay: 11 },
      kind: "keep",
    },
    {
      says: "goes up on a spent budget",
      wanted: 300,
      past: { changesLastDay: 30 },
      more: { isForced: true },
      kind: "up",
    },
    {
      says: "asks for more after each change",
      wanted: 79,
      past: { changesLastDay: 3, ownChangesLastDay: 3 },
      kind: "keep",
    },
    {
      says: "asks for no more after changes of the other resource",
      wanted: 79,
      past: { changesLastDay: 3 },
      kind: "down",
    },
  ];
  for (const { says, wanted, past, more, kind } of cases) {
    it(says, () => {
      const moved = move({ ...wish, ...more, wanted }, { ...calm, ...past }, settings, 11);
      assert.equal(moved.kind, kind);
      assert.equal(moved.amount, kind === "keep" ? 100 : wanted);
      assert.ok(moved.reason.length > 0);
    });
  }

  it("never yields less when more is wanted", () => {
    const past = fc.record({
      changesLastDay: fc.nat(40),
      ownChangesLastDay: fc.nat(40),
      secondsSinceChange: fc.nat(100_000),
      canShrink: fc.boolean(),
    });
    const amount = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(amount, amount, amount, past, fc.boolean(), (current, a, b, drawn, isUrgent) => {
        const at = (wanted: number): number =>
          move({ current, wanted, isUrgent, isForced: false }, drawn, settings, 11).amount;
        assert.ok(at(Math.min(a, b)) <= at(Math.max(a, b)));
      }),
    );
  });
});

describe("sizing/change-log", () => {
  it("counts the last 24 hours and remembers each resource apart", () => {
    const log = new ChangeLog();
    assert.equal(log.secondsSince("cpu", 10), Infinity);
    log.record({ atSeconds: 0, cpu: true, memory: false });
    log.record({ atSeconds: 50_000, cpu: false, memory: true });
    assert.equal(log.countLastDay(86_399), 2);
    assert.equal(log.countLastDay(86_400), 1);
    assert.equal(log.countOf("cpu", 86_399), 1);
    assert.equal(log.countOf("cpu", 86_400), 0);
    assert.equal(log.countOf("memory", 86_400), 1);
    assert.equal(log.secondsSince("cpu", 60_000), 60_000);
    assert.equal(log.secondsSince("memory", 60_000), 10_000);
  });
});

describe("sizing/bounds", () => {
  it("rounds up to whole steps and stays within the bounds", () => {
    const bounds = { min: 10, max: 100, step: 4 };
    const rows = [
      [0, 10],
      [12, 12],
      [12.1, 16],
      [12.000000000000002, 12],
      [1e9, 100],
    ] as const;
    for (const [amount, wanted] of rows) assert.equal(withinBounds(amount, bounds), wanted);
  });
});
