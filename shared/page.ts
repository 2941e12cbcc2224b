import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * A file of `functions/<step>/page/`. The build copies pages to the same place relative to the
 * bundle as they have to this file, so that source and bundle read them alike.
 * @throws Error when there is no such file, or `file` is no plain file name.
 */
export function readPage(step: string, file: string): Buffer {
  if (basename(file) !== file || basename(step) !== step) {
    throw new Error(`not a page: ${step}/${file}`);
  }
  return readFileSync(join(import.meta.dirname, "..", "functions", step, "page", file));
}

/** A file of `shared/page/`, which every page has a use for; copied by the build like the pages. */
export function readSharedPage(file: "head.html" | "page.css" | "live.js"): Buffer {
  return readFileSync(join(import.meta.dirname, "..", "shared", "page", file));
}
