import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MADE_BY } from "./patch-files.ts";

/**
 * Writes the files, and takes away those of an earlier export that are no longer made.
 * @throws Error that names a file which somebody else has put there; then nothing is changed.
 */
export function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  const before = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
  const strange = before.find((file) => !readFileSync(file, "utf8").startsWith(`${MADE_BY}\n`));
  if (strange !== undefined) {
    throw new Error(`${strange} was not made by an export: name another folder with --out`);
  }
  for (const file of before) rmSync(file);
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
