import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const bench = resolve(import.meta.dirname, "../../bench/storm.ts");

describe("a storm of alerts", function () {
  this.timeout(60_000);

  for (const group of ["1", "50"]) {
    it(`ends with the newest fact of each pod, webhooks of ${group}`, async () => {
      const args = [bench, "--pods", "200", "--group", group];
      // A pod with another label is exit 1, which rejects.
      const { stdout } = await promisify(execFile)(process.execPath, args);
      assert.match(stdout, /wrong label +0\n/);
      const counts = /trigger +(\{[^}]*\})/.exec(stdout)?.[1] ?? "{}";
      const { matched, dropped } = JSON.parse(counts) as { matched: number; dropped: number };
      assert.ok(matched >= 210, `${matched} facts`);
      assert.equal(dropped, 0);
    });
  }
});
