import Mocha from "mocha";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Looks at what all others have made the simulated clusters record. */
const LAST = join("test", "recorded-calls.test.ts");

/**
 * `npm test -- [PATTERN …]`: runs mocha and closes with `N passed, N failed` alone on a line, for
 * those who count. Tests whose programs are missing (kubectl, chromium) are pending, by name.
 */
const patterns = process.argv.slice(2);
const recordings = mkdtempSync(join(tmpdir(), "vigie-recordings-"));
process.env["VIGIE_RECORDINGS_DIR"] = recordings;
process.env["VIGIE_WHOLE_RUN"] = patterns.length === 0 ? "1" : "0";
process.on("exit", () => rmSync(recordings, { recursive: true, force: true }));

const files = globSync(patterns.length > 0 ? patterns : ["test/**/*.test.ts"])
  .filter((file) => file !== LAST)
  .sort();
const mocha = new Mocha({ reporter: "spec", timeout: 10_000, forbidOnly: true });
for (const file of [...files, LAST]) mocha.addFile(file);
await mocha.loadFilesAsync();

const runner = mocha.run((failures) => {
  const { passes, pending } = runner.stats ?? { passes: 0, pending: 0 };
  const skipped = pending > 0 ? `, ${pending} skipped` : "";
  process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  process.exitCode = failures > 0 || passes === 0 ? 1 : 0;
});
