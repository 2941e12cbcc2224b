import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

describe("need-node", () => {
  const script = join(import.meta.dirname, "..", "..", "tools", "need-node.js");
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, [...flags, script], { encoding: "utf8" });

  it("says nothing to a Node that is new enough", () => {
    const { status, stderr } = run();
    assert.deepEqual([status, stderr], [0, ""]);
  });

  it("tells an older one why npm has not brought another", () => {
    const old = 'Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })';
    const { status, stderr } = run("--import", `data:text/javascript,${encodeURIComponent(old)}`);
    assert.equal(status, 1);
    assert.match(stderr, /^This is Node 20\.20\.2; 24 is needed.*npm rebuild node/s);
  });
});
