import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { batchesOf } from "./batches.ts";
import type { Outcome } from "./run-files.ts";

/** Looks at what all others have made the simulated clusters record. */
const LAST = join("test", "recorded-calls.test.ts");
/** Processes at once, for two cores: half of the time that tests take they wait for something. */
const LANES = 4;
/** For the rest of what a process has said that has ended. */
const LEFT_OPEN_MS = 20_000;

/**
 * `npm test -- [PATTERN …]`: runs mocha and closes with `N passed, N failed` alone on a line, for
 * those who count; what has failed is named before it. Tests whose programs are missing (kubectl,
 * chromium) are pending, by name.
 */
const patterns = process.argv.slice(2);
const isWhole = patterns.length === 0;
const folder = mkdtempSync(join(tmpdir(), "vigie-test-run-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const env = {
  ...process.env,
  VIGIE_RECORDINGS_DIR: mkdtempSync(join(folder, "recordings-")),
  VIGIE_WHOLE_RUN: isWhole ? "1" : "0",
};

// `npm test` builds before; a fresh clone that is measured for coverage would have nothing to start.
const project = join(import.meta.dirname, "..");
if (!existsSync(join(project, "dist"))) {
  const build = [join(project, "functions", "build.ts"), "--quiet"];
  await once(spawn(process.execPath, build, { stdio: "inherit" }), "close");
}

const files = globSync(isWhole ? ["test/**/*.test.ts"] : patterns)
  .filter((file) => file !== LAST)
  .sort();
const outcomes: Outcome[] = [];
if (isWhole) {
  const queue = batchesOf(files).values();
  const lane = async () => {
    for (const batch of queue) outcomes.push(await run(batch, "kept"));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
} else outcomes.push(await run(files, "shown"));
outcomes.push(await run([LAST], "shown"));

const sum = (of: "passed" | "skipped") => outcomes.reduce((total, each) => total + each[of], 0);
const failed = outcomes.flatMap((each) => each.failed);
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
for (const name of failed) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`${sum("passed")} passed, ${failed.length} failed${skipped}\n`);
process.exitCode = failed.length > 0 || sum("passed") === 0 ? 1 : 0;

/** Output that is kept is shown when its tests have ended: of several at once it would be mixed up. */
async function run(names: readonly string[], output: "shown" | "kept"): Promise<Outcome> {
  if (names.length === 0) return { passed: 0, failed: [], skipped: 0 };
  const outcomeFile = join(mkdtempSync(join(folder, "outcome-")), "outcome.json");
  const kept = output === "shown" ? "inherit" : "pipe";
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "run-files.ts"), outcomeFile, ...names],
    { env, stdio: ["ignore", kept, kept] },
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  const closed = once(child, "close");
  const [code] = (await once(child, "exit")) as [number | null];
  // What a test has left running may hold on to the output for ever.
  await Promise.race([closed, delay(LEFT_OPEN_MS, undefined, { ref: false })]);
  process.stdout.write(text);
  try {
    const outcome = JSON.parse(readFileSync(outcomeFile, "utf8")) as Outcome;
    // It did not end by itself: something that was started is not stopped.
    if (code === 0 || outcome.failed.length > 0) return outcome;
    return { ...outcome, failed: [`${names.join(" ")} did not end by itself`] };
  } catch {
    const fault = `${names.join(" ")} ended with ${code} before its tests did`;
    return { passed: 0, failed: [fault], skipped: 0 };
  }
}
