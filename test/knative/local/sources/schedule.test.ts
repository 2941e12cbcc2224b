import assert from "node:assert/strict";
import { Cron } from "croner";
import fc from "fast-check";
import { normalSchedule, scheduleFault } from "../../../../knative/local/sources/schedule.ts";

describe("schedules of a PingSource", () => {
  const rows: [string, string][] = [
    ["* * * * *", "0 * * * * *"],
    ["*/10 * * * * *", "*/10 * * * * *"],
    ["0 9 * * MON-FRI", "0 0 9 * * 1-5"],
    ["0 0 1 JAN ?", "0 0 0 1 1 *"],
    ["5/15 * * * *", "0 5-59/15 * * * *"],
    ["1,2,30-40/5 * * * *", "0 1,2,30-40/5 * * * *"],
    ["@hourly", "0 0 * * * *"],
    ["@weekly", "0 0 0 * * 0"],
  ];
  for (const [given, expected] of rows) {
    it(`${given} is ${expected}`, () => assert.equal(normalSchedule(given), expected));
  }

  for (const bad of [
    "@every 1s",
    "@reboot",
    "",
    "* * * *",
    "* * * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 7",
    "*/0 * * * *",
    "5-1 * * * *",
    "a * * * *",
    "L * * * *",
    "CRON_TZ=UTC * * * * *",
    "constructor * * * *",
    "@__proto__",
  ]) {
    it(`${JSON.stringify(bad)} is refused`, () => assert.notEqual(scheduleFault(bad), null));
  }

  it("that are taken can be run", () => {
    const field = (min: number, max: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min, max }).map(String),
        fc
          .tuple(
            fc.integer({ min, max }),
            fc.integer({ min, max }),
            fc.integer({ min: 1, max: 90 }),
          )
          .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}/${step}`),
        fc.integer({ min: 1, max: 90 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 90 }))
          .map(([a, s]) => `${a}/${s}`),
      );
    const schedule = fc.tuple(
      field(0, 59),
      field(0, 59),
      field(0, 23),
      field(1, 31),
      field(1, 12),
      field(0, 6),
    );
    fc.assert(
      fc.property(schedule, (fields) => {
        new Cron(normalSchedule(fields.join(" ")), { paused: true, mode: "6-part" });
      }),
    );
  });
});
