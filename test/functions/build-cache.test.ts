import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { warmCache } from "../../functions/build-cache.ts";

describe("warmCache", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vigie-warm-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [what, program, reason] of [
    ["does not start", "process.exit(3)", "it ended with 3"],
    [
      "ends while it is asked",
      `const server = require("node:http").createServer(() => process.exit(4));
       server.listen(0, () => console.log(JSON.stringify({ msg: "listening", port: server.address().port })));`,
      "fetch failed",
    ],
  ] as const) {
    it(`names the script that ${what}`, async () => {
      const script = join(folder, "main.cjs");
      writeFileSync(script, program);
      const message = `${script} could not be warmed: ${reason}`;
      await assert.rejects(warmCache([script]), { message });
    });
  }
});
