import assert from "node:assert/strict";
import { isWithin, MaintenanceWindow } from "../../shared/policy-window.ts";

const window = (change: Partial<MaintenanceWindow>): MaintenanceWindow => ({
  days: ["sat"],
  from: "09:00",
  to: "17:00",
  zone: "UTC",
  ...change,
});

// 21 November 2026 is a Saturday.
const cases: [string, MaintenanceWindow[], string, boolean][] = [
  ["without windows it is always", [], "2026-11-21T03:00:00Z", true],
  ["begins with its first minute", [window({})], "2026-11-21T09:00:00Z", true],
  ["ends before its last", [window({})], "2026-11-21T17:00:00Z", false],
  ["holds on its days only", [window({})], "2026-11-20T10:00:00Z", false],
  ["goes over midnight", [window({ from: "22:00", to: "02:00" })], "2026-11-22T01:59:59Z", true],
  [
    "of Saturday's night, not Friday's",
    [window({ from: "22:00", to: "02:00" })],
    "2026-11-21T01:00:00Z",
    false,
  ],
  [
    "of Sunday's night on Monday",
    [window({ days: ["sun"], from: "22:00", to: "02:00" })],
    "2026-11-23T00:30:00Z",
    true,
  ],
  [
    "is a whole day from 00:00 to 00:00",
    [window({ from: "00:00", to: "00:00" })],
    "2026-11-21T23:59:00Z",
    true,
  ],
  ["is in its zone", [window({ zone: "Europe/Paris" })], "2026-11-21T08:30:00Z", true],
  [
    "is in its zone, on that zone's day",
    [window({ zone: "Pacific/Auckland", from: "00:00", to: "06:00" })],
    "2026-11-20T12:00:00Z",
    true,
  ],
  ["may be one of several", [window({ days: ["mon"] }), window({})], "2026-11-21T10:00:00Z", true],
];

describe("a maintenance window", () => {
  for (const [what, windows, instant, expected] of cases) {
    it(what, () => assert.equal(isWithin(windows, instant), expected));
  }

  for (const bad of [{ days: [] }, { from: "9:00" }, { to: "24:00" }, { zone: "Mars/Olympus" }]) {
    it(`is refused with ${JSON.stringify(bad)}`, () =>
      assert.ok(!MaintenanceWindow.safeParse({ ...window({}), ...bad }).success));
  }
});
