import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counts } from "./run-files.ts";

/** Looks at what all others have made the simulated clusters record. */
const LAST = join("test", "recorded-calls.test.ts");
/**
 * Run beside the others, for two cores: they wait for processes and for the clocks of other programs,
 * and leave the processor to the others meanwhile.
 */
const BESIDE = [
  "test/bench/smoke.test.ts",
  "test/e2e/actuation.test.ts",
  "test/e2e/foreign.test.ts",
  "test/e2e/numbers.test.ts",
  "test/e2e/prometheus-chain.test.ts",
  "test/e2e/pull.test.ts",
  "test/e2e/readme.test.ts",
  "test/e2e/rolling-update.test.ts",
  "test/e2e/scenarios.test.ts",
  "test/e2e/sink-down.test.ts",
  "test/functions/resource-patch/change-target.test.ts",
  "test/functions/resource-patch/verdicts.test.ts",
  "test/functions/resource-patch/workload/review-target.test.ts",
];

/**
 * `npm test -- [PATTERN …]`: runs mocha and closes with `N passed, N failed` alone on a line, for
 * those who count. Tests whose programs are missing (kubectl, chromium) are pending, by name.
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
const beside = isWhole ? BESIDE.filter((file) => files.includes(file)) : [];
const first = files.filter((file) => !beside.includes(file));
const counts = [
  ...(await Promise.all([run(first, "shown"), run(beside, "kept")])),
  await run([LAST], "shown"),
];

const sum = (of: keyof Counts) => counts.reduce((total, each) => total + each[of], 0);
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed${skipped}\n`);
process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;

/** Output that is kept is shown when the run has ended: two at once would be mixed up. */
async function run(names: readonly string[], output: "shown" | "kept"): Promise<Counts> {
  if (names.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const countsFile = join(mkdtempSync(join(folder, "counts-")), "counts.json");
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "run-files.ts"), countsFile, ...names],
    { env, stdio: ["ignore", output === "shown" ? "inherit" : "pipe", "inherit"] },
  );
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  process.stdout.write(text);
  try {
    const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
    // It did not end by itself: something that was started is not stopped.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    process.stdout.write(`the run ended with ${code} before its tests did\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
