import assert from "node:assert/strict";
import { createRecent } from "../../../../functions/resource-patch/surroundings/recent.ts";

describe("createRecent", () => {
  let nowMs = 0;
  let reads = 0;
  const read = () => Promise.resolve((reads += 1));
  beforeEach(() => {
    nowMs = 0;
    reads = 0;
  });

  it("reads once for all who ask at the same time, and keeps it for a while", async () => {
    const recent = createRecent(() => nowMs);
    const answers = await Promise.all([recent("a", 10, read), recent("a", 10, read)]);
    assert.deepEqual(answers, [1, 1]);
    nowMs = 9;
    assert.equal(await recent("a", 10, read), 1);
    nowMs = 10;
    assert.equal(await recent("a", 10, read), 2);
    assert.equal(await recent("b", 10, read), 3);
  });

  it("does not keep a failure", async () => {
    const recent = createRecent(() => nowMs);
    await assert.rejects(
      recent("a", 10, () => Promise.reject(new Error("away"))),
      /away/,
    );
    assert.equal(await recent("a", 10, read), 1);
  });

  it("forgets the oldest when there are too many", async () => {
    const recent = createRecent(() => nowMs);
    for (let key = 0; key <= 500; key += 1) await recent(String(key), 10, read);
    assert.equal(await recent("500", 10, read), 501);
    assert.equal(await recent("0", 10, read), 502);
  });
});
