import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import Mocha from "mocha";

/** What became of a run of tests. */
export type Counts = { passed: number; failed: number; skipped: number };

/** Time-outs are written for two idle cores: that the machine has other work is nobody's fault. */
const LOAD_FACTOR = 4;

/**
 * `node test/run-files.ts COUNTS FILE…`: runs mocha over test files and writes the counts, as JSON,
 * to the file COUNTS.
 */
const [countsFile = "", ...files] = process.argv.slice(2);
const mocha = new Mocha({ reporter: "spec", timeout: 10_000, forbidOnly: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

// The first of such texts makes fast-check take all of Unicode apart: 1 s of CPU, 9 s where others
// work too, and the time limit of whichever test draws it is no place for that.
const isDrawn = files.some((file) => readFileSync(file, "utf8").includes('unit: "binary"'));
if (isDrawn) fc.sample(fc.string({ unit: "binary" }), 1);

const runner = mocha.run((failed) => {
  const { passes: passed, pending: skipped } = runner.stats ?? { passes: 0, pending: 0 };
  const counts: Counts = { passed, failed, skipped };
  writeFileSync(countsFile, JSON.stringify(counts));
  process.exitCode = failed > 0 ? 1 : 0;
  setTimeout(endAtOnce, LEFT_OPEN_MS).unref();
});

/** After the last test everything has been stopped, and the process ends by itself. */
const LEFT_OPEN_MS = 20_000;

function endAtOnce(): void {
  const left = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(`the tests have ended and something of theirs runs on: ${left}\n`);
  process.exit(1);
}

const seen = new WeakSet<Mocha.Runnable>();
const allowForLoad = (runnable: Mocha.Runnable): void => {
  if (seen.has(runnable)) return;
  seen.add(runnable);
  runnable.timeout(runnable.timeout() * LOAD_FACTOR);
};
runner.on("test", allowForLoad).on("hook", allowForLoad);
