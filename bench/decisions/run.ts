import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * `npm run bench:decisions -- --replay FILE --dir DIR [more for the replay]`: judges the product's
 * sizing on traces of real usage. The replay and its traces are not part of the project: they are
 * named by whoever has them, and everything else is handed on to the replay.
 */
const { values, tokens } = parseArgs({
  options: { replay: { type: "string" }, dir: { type: "string", multiple: true } },
  strict: false,
  tokens: true,
});
const replay = values.replay;
const folders = values.dir ?? [];
if (typeof replay !== "string" || !existsSync(replay)) {
  refuse(`the replay is missing: give its script with --replay FILE (got ${String(replay)})`);
}
if (!Array.isArray(folders) || folders.length === 0) {
  refuse("the traces are missing: give their folder with --dir DIR");
}
for (const folder of folders) {
  if (typeof folder !== "string" || !existsSync(folder))
    refuse(`no such folder: ${String(folder)}`);
}
const ours = tokens.find((token) => token.kind === "option" && token.name === "replay");
const others = process.argv.slice(2);
if (ours !== undefined) others.splice(ours.index, others[ours.index]?.includes("=") ? 1 : 2);

const policy = join(import.meta.dirname, "policy.ts");
const child = spawn(process.execPath, [replay, "--policy", policy, ...others], {
  stdio: "inherit",
});
const [code] = (await once(child, "exit")) as [number | null];
process.exitCode = code ?? 1;

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
