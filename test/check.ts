import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * `npm run check`: everything that is checked without running anything, side by side. What a check has
 * to say is shown as soon as it has ended; exit code 1 when one has failed.
 */
const CHECKS = ["format:check", "lint", "types", "unused"];

const project = join(import.meta.dirname, "..");
const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const areRight = await Promise.all(CHECKS.map(isRight));
process.exitCode = areRight.includes(false) ? 1 : 0;

async function isRight(name: string): Promise<boolean> {
  const [program = "", ...args] = scripts[name]?.split(" ") ?? [];
  const child = spawn(join(project, "node_modules", ".bin", program), args, {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [out, faults] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  process.stdout.write(`> ${name}: ${scripts[name]}\n${out}${faults}`);
  return code === 0;
}
