import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { BATCHES, batchesOf } from "./batches.ts";

describe("the batches of a test run", () => {
  const files = globSync("test/**/*.test.ts", { cwd: join(import.meta.dirname, "..") }).sort();

  it("have each file once, whatever it is called", () => {
    const all = [...files, "test/new.test.ts", "elsewhere/new.test.ts"];
    assert.deepEqual(batchesOf(all).flat().toSorted(), all.toSorted());
  });

  it("are begun in the order of the list, a file with the longest beginning that it has", () => {
    const [first, second] = ["test/bench/smoke", "test/functions/resource-patch/"];
    const given = [`${second}a.test.ts`, `${second}workload/b.test.ts`, `${first}.test.ts`];
    assert.deepEqual(batchesOf(given), [[given[2]], [given[0]], [given[1]]]);
  });

  it("are of files that are there", () => {
    const isThere = (beginning: string) => files.some((file) => file.startsWith(beginning));
    assert.deepEqual(
      BATCHES.filter((beginning) => !isThere(beginning)),
      [],
    );
  });
});
