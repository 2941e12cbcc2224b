import assert from "node:assert/strict";
import fc from "fast-check";
import { type Intent, intentKey } from "../../../functions/resource-patch/intent.ts";
import { earlierThan, resizeTimes } from "../../../functions/resource-patch/resize-times.ts";

const HOUR_MS = 3_600_000;
const start = Date.parse("2026-11-21T00:00:00.000Z");
const at = (hours: number) => new Date(start + hours * HOUR_MS).toISOString();
const intentOf = (hours: number, outcome: "applied" | "refused" | null = "applied"): Intent => ({
  id: hours.toString(16).padStart(32, "0"),
  at: at(hours),
  observedAt: at(hours),
  changes: [],
  settled: outcome === null ? null : { outcome, reason: "", at: at(hours) },
});

/** As `writeIntent` leaves the annotation. */
function stamp(annotations: Record<string, string>, intent: Intent): Record<string, string> {
  const earlier = earlierThan(annotations, "cpu", intent);
  return { ...annotations, [intentKey("cpu")]: JSON.stringify({ ...intent, earlier }) };
}
const told = (annotations: Record<string, string>, hours: number, exceptId = "") =>
  resizeTimes(annotations, "cpu", { now: at(hours), exceptId });

describe("resizeTimes", () => {
  it("are those of the last 24 hours, oldest first", () => {
    let pod: Record<string, string> = {};
    for (const hours of [0, 2, 20, 25]) pod = stamp(pod, intentOf(hours));
    assert.deepEqual(told(pod, 25.5), [at(2), at(20), at(25)]);
    assert.deepEqual(told(pod, 50), []);
  });

  it("count what is under way, and not what came to nothing", () => {
    const applied = stamp({}, intentOf(1));
    const refused = stamp(applied, intentOf(2, "refused"));
    assert.deepEqual(told(refused, 3), [at(1)]);
    assert.deepEqual(told(stamp(refused, intentOf(3, null)), 4), [at(1), at(3)]);
  });

  it("leave out the decision that asks", () => {
    const pod = stamp(stamp({}, intentOf(1)), intentOf(2, null));
    assert.deepEqual(told(pod, 2, intentOf(2).id), [at(1)]);
  });

  it("are the same when an intent is written again, for each resource by itself", () => {
    const once = stamp(stamp({}, intentOf(1)), intentOf(2, null));
    assert.deepEqual(told(stamp(once, intentOf(2)), 3), [at(1), at(2)]);
    assert.deepEqual(resizeTimes(once, "memory", { now: at(3), exceptId: "" }), []);
  });

  it("are as many as were made in a day, up to 64", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 90 }), (minutes) => {
        let pod: Record<string, string> = {};
        let hours = 0;
        const all = minutes.map((gap) => {
          hours += gap / 60;
          pod = stamp(pod, intentOf(hours));
          return hours;
        });
        const expected = all.filter((each) => each > hours - 24).slice(-65);
        assert.equal(told(pod, hours).length, expected.length);
      }),
      { numRuns: 30 },
    );
  });
});
