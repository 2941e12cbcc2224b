import assert from "node:assert/strict";
import { killInTheMiddle } from "./killed-runtime.ts";

describe("the runtime, killed with kill -9 in the middle of 3,000 events", function () {
  this.timeout(120_000);

  // What may come twice is what is in flight, however many events there are: of 10,000 to three
  // triggers, as npm run soak:kill has it, this is 1 %.
  it("gives every trigger every event it has accepted, and at most 300 twice", async () => {
    const { accepted, delivered, lost, duplicates } = await killInTheMiddle(3_000);
    assert.ok(accepted > 2_900, `${accepted} were accepted`);
    assert.equal(lost, 0);
    assert.ok(duplicates < 300, `${duplicates} of ${delivered} came twice`);
  });
});
