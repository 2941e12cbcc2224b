import assert from "node:assert/strict";
import { isAtLeast } from "../../../functions/resource-patch/version.ts";

describe("isAtLeast", () => {
  const cases: [string | null, boolean | null][] = [
    ["1.34", true],
    ["v1.34.1", true],
    ["v1.35.0-gke.100", true],
    ["2.0", true],
    ["1.33.9", false],
    ["v1.9.11", false],
    ["1.34+", true],
    [null, null],
    ["", null],
    ["latest", null],
  ];
  for (const [version, expected] of cases) {
    it(`is ${expected} for ${version} and 1.34`, () =>
      assert.equal(isAtLeast(version, "1.34"), expected));
  }
});
