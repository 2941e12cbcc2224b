import assert from "node:assert/strict";
import fc from "fast-check";
import { standingOf, withChanges } from "../../../functions/resource-patch/standing.ts";
import type { Intent } from "../../../functions/resource-patch/intent.ts";
import type { ContainerChange } from "../../../shared/events/change.ts";

const change = (before: number, after: number, container = "app"): ContainerChange => ({
  container,
  kind: "container",
  before: { request: null, limit: `${before}m` },
  after: { request: null, limit: `${after}m` },
});
const add = (standing: readonly ContainerChange[], ...later: ContainerChange[]) =>
  withChanges(standing, later, "cpu");

describe("what stands of several resizes", () => {
  it("is one change from the first size to the last", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2 }), (sizes) => {
        const standing = sizes
          .slice(1)
          .reduce<ContainerChange[]>(
            (kept, size, index) => add(kept, change(sizes[index] ?? 0, size)),
            [],
          );
        const [first, last] = [sizes[0] ?? 0, sizes.at(-1) ?? 0];
        assert.deepEqual(standing, first === last ? [] : [change(first, last)]);
      }),
    );
  });

  it("starts anew from what others wrote in between", () => {
    assert.deepEqual(add([change(1, 2)], change(5, 6)), [change(5, 6)]);
  });

  it("keeps a container that a later resize leaves alone", () => {
    assert.deepEqual(add([change(1, 2), change(1, 2, "side")], change(2, 3)), [
      change(1, 2, "side"),
      change(1, 3),
    ]);
  });

  it("compares sizes by what they are worth", () => {
    const two = { request: null, limit: "2" };
    assert.deepEqual(add([{ ...change(1, 2000), after: two }], change(2000, 3000)), [
      change(1, 3000),
    ]);
  });

  it("is without a resize that came to nothing", () => {
    const intent = (outcome: "applied" | "infeasible"): Intent => ({
      id: "1",
      at: "2026-11-21T12:00:00.000Z",
      observedAt: "2026-11-21T12:00:00.000Z",
      changes: [change(2, 3)],
      standing: [change(1, 3)],
      settled: { outcome, reason: "", at: "2026-11-21T12:00:00.000Z" },
    });
    assert.deepEqual(standingOf(intent("applied"), "cpu"), [change(1, 3)]);
    assert.deepEqual(standingOf(intent("infeasible"), "cpu"), [change(1, 2)]);
    assert.deepEqual(standingOf(null, "cpu"), []);
  });
});
