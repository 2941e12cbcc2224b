import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCompileCache } from "../../compile-cache.ts";

const SCRIPT = join(import.meta.dirname, "../../../bench/decisions/run.ts");

/** A replay that tells how it was called, and ends with what its first own argument says. */
const TELLS = `import { argv } from "node:process";
const { create } = await import(argv[argv.indexOf("--policy") + 1]);
process.stdout.write(JSON.stringify({ create: typeof create, rest: argv.slice(4) }));
process.exit(3);
`;

function run(...given: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, ...withCompileCache };
  return spawnSync(process.execPath, [SCRIPT, ...given], { encoding: "utf8", env });
}

describe("bench/decisions/run", () => {
  let folder: string;
  let replay: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-decisions-"));
    replay = join(folder, "replay.mjs");
    writeFileSync(replay, TELLS);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("says so when the replay is missing", () => {
    for (const given of [[], ["--replay", join(folder, "none.mjs")]]) {
      const { status, stderr } = run(...given, "--dir", folder);
      assert.equal(status, 1);
      assert.match(stderr, /^the replay is missing: give its script with --replay FILE/);
    }
  });

  it("says so when the traces are missing", () => {
    const { status, stderr } = run("--replay", replay);
    assert.equal(status, 1);
    assert.equal(stderr, "the traces are missing: give their folder with --dir DIR\n");
    assert.match(run("--replay", replay, "--dir", "/no/such").stderr, /no such folder: \/no\/such/);
  });

  it("hands the product's policy and everything else to the replay, and ends as it does", () => {
    for (const named of [["--replay", replay], [`--replay=${replay}`]]) {
      const { status, stdout } = run(...named, "--dir", folder, "--no-clairvoyant");
      assert.equal(status, 3);
      assert.deepEqual(JSON.parse(stdout), {
        create: "function",
        rest: ["--dir", folder, "--no-clairvoyant"],
      });
    }
  });
});
