import Mocha from "mocha";
import { globSync } from "node:fs";

/**
 * `npm test -- [PATTERN …]`: runs mocha and closes with `N passed, N failed` alone on a line, for
 * those who count. Tests whose programs are missing (kubectl, chromium) are pending, by name.
 */
const patterns = process.argv.slice(2);
const files = globSync(patterns.length > 0 ? patterns : ["test/**/*.test.ts"]).sort();
const mocha = new Mocha({ reporter: "spec", timeout: 10_000, forbidOnly: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

const runner = mocha.run((failures) => {
  const { passes, pending } = runner.stats ?? { passes: 0, pending: 0 };
  const skipped = pending > 0 ? `, ${pending} skipped` : "";
  process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  process.exitCode = failures > 0 || passes === 0 ? 1 : 0;
});
