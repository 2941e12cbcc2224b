import assert from "node:assert/strict";
import { isPastActivator, queueAtPods } from "../../../../knative/local/serving/burst.ts";

describe("target-burst-capacity", () => {
  const table: [string, number, number, number, number, boolean][] = [
    // name, capacity of one, target-burst-capacity, ready, average in the panic window, past it
    ["0 is past the activator with one process", 1, 0, 1, 500, true],
    ["0 is not past it at zero", 1, 0, 0, 0, false],
    ["-1 is never past it", 100, -1, 50, 0, false],
    ["211, the default, is not covered by two idle processes of 100", 100, 211, 2, 0, false],
    ["it is by three", 100, 211, 3, 0, true],
    ["but not when they have work", 100, 211, 3, 90, false],
    ["what is left to the last is enough", 100, 200, 3, 100, true],
  ];
  for (const [name, capacity, targetBurstCapacity, ready, average, expected] of table) {
    it(name, () => {
      const isPast = isPastActivator({ capacity, targetBurstCapacity }, ready, average);
      assert.equal(isPast, expected);
    });
  }

  it("pods hold ten times containerConcurrency each", () => {
    assert.equal(queueAtPods(3, 2), 60);
  });
});
