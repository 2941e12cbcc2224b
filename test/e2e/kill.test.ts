import assert from "node:assert/strict";
import { killInTheMiddle } from "./killed-runtime.ts";

describe("the runtime, killed with kill -9 in the middle of 3,000 events", function () {
  this.timeout(120_000);

  it("gives every trigger every event it has accepted, and less than 1 % twice", async () => {
    const { accepted, delivered, lost, duplicates } = await killInTheMiddle(3_000);
    assert.ok(accepted > 2_900, `${accepted} were accepted`);
    assert.equal(lost, 0);
    assert.ok(duplicates < delivered / 100, `${duplicates} of ${delivered} came twice`);
  });
});
