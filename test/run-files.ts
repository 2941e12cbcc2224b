import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import Mocha from "mocha";

/** What became of a run of tests; those that failed by their full titles. */
export type Outcome = { passed: number; failed: string[]; skipped: number };

/** Time-outs are written for two idle cores: that the machine has other work is nobody's fault. */
const LOAD_FACTOR = 4;

/**
 * `node test/run-files.ts OUTCOME FILE…`: runs mocha over test files and writes what became of them,
 * as JSON, to the file OUTCOME.
 */
const [outcomeFile = "", ...files] = process.argv.slice(2);
allowForLoad();
const mocha = new Mocha({ reporter: "spec", timeout: 30_000, forbidOnly: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

// The first of such texts makes fast-check take all of Unicode apart: 1 s of CPU, 9 s where others
// work too, and the time limit of whichever test draws it is no place for that.
const isDrawn = files.some((file) => readFileSync(file, "utf8").includes('unit: "binary"'));
if (isDrawn) fc.sample(fc.string({ unit: "binary" }), 1);

const failed: string[] = [];
const runner = mocha.run(() => {
  const { passes: passed, pending: skipped } = runner.stats ?? { passes: 0, pending: 0 };
  const outcome: Outcome = { passed, failed, skipped };
  writeFileSync(outcomeFile, JSON.stringify(outcome));
  process.exitCode = failed.length > 0 ? 1 : 0;
  setTimeout(endAtOnce, LEFT_OPEN_MS).unref();
});
runner.on("fail", (test) => failed.push(test.fullTitle()));

/** Whoever sets a time-out, be it the suite, the test when it is made or the test when it runs. */
function allowForLoad(): void {
  const { prototype } = Mocha.Runnable;
  const asGiven = Object.getOwnPropertyDescriptor(prototype, "timeout")?.value as (
    this: Mocha.Runnable,
    ms?: string | number,
  ) => unknown;
  Object.defineProperty(prototype, "timeout", {
    value(this: Mocha.Runnable, ms?: string | number) {
      if (typeof ms === "string") throw new TypeError(`give ${ms} in milliseconds`);
      return ms === undefined ? asGiven.call(this) : asGiven.call(this, ms * LOAD_FACTOR);
    },
  });
}

/** After the last test everything has been stopped, and the process ends by itself. */
const LEFT_OPEN_MS = 20_000;

function endAtOnce(): void {
  const left = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(`the tests have ended and something of theirs runs on: ${left}\n`);
  process.exit(1);
}
