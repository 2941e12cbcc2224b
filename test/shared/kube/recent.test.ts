import assert from "node:assert/strict";
import { createRecent } from "../../../shared/kube/recent.ts";

describe("createRecent", () => {
  it("reads once for all who ask within a second, then again", async () => {
    let nowMs = 0;
    let reads = 0;
    const recent = createRecent(() => nowMs);
    const ask = () => recent.read("a", () => Promise.resolve((reads += 1)));
    assert.deepEqual(await Promise.all([ask(), ask()]), [1, 1]);
    nowMs = 999;
    assert.equal(await ask(), 1);
    nowMs = 1_000;
    assert.equal(await ask(), 2);
  });

  it("keeps no fault", async () => {
    const recent = createRecent();
    await assert.rejects(
      recent.read("a", () => Promise.reject(new Error("down"))),
      /down/,
    );
    assert.equal(await recent.read("a", () => Promise.resolve("up")), "up");
  });

  it("keeps 1,000 answers, the newest", async () => {
    let reads = 0;
    const recent = createRecent(() => 0);
    const ask = (key: number) => recent.read(String(key), () => Promise.resolve((reads += 1)));
    for (let key = 0; key <= 1_000; key += 1) await ask(key);
    await ask(1_000);
    assert.equal(reads, 1_001);
    await ask(0);
    assert.equal(reads, 1_002);
  });
});
