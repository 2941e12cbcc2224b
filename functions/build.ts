import { existsSync, globSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { buildBundles } from "./build-bundles.ts";
import { warmCache } from "./build-cache.ts";

/**
 * `npm run build [-- --quiet] [--out DIR]`: every `functions/<step>/index.ts` into
 * `dist/<step>.cjs`, one line for each.
 *
 * `dist/` is whole by itself (copy all of it, or nothing) and may be read-only:
 *
 * - `<step>.cjs`: what is run; turns on the compile cache beside it and loads the bundle
 * - `lib/<step>.cjs`: the bundle, with everything that the first event needs
 * - `lib/vendor/<package>.cjs`: packages that are imported when they are needed, once for all steps
 * - `functions/<step>/page/`: pages, as they are
 * - `.cache/`: V8's compiled code, for this version of Node and this user; others start without
 */
const { values } = parseArgs({
  options: {
    quiet: { type: "boolean", default: false },
    out: { type: "string", default: join(import.meta.dirname, "..", "dist") },
  },
});
const steps = globSync("*/index.ts", { cwd: import.meta.dirname })
  .map((path) => basename(dirname(path)))
  .sort();

// Built beside and put in place whole: what runs from dist/ meanwhile finds the old or the new.
const fresh = `${values.out}.${process.pid}`;
const old = `${fresh}.old`;
let sizes: [path: string, bytes: number][];
try {
  sizes = await buildBundles(steps, fresh);
  await warmCache(steps, fresh);
  if (existsSync(values.out)) await rename(values.out, old);
  await rename(fresh, values.out);
} finally {
  await rm(fresh, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
}
if (!values.quiet) {
  for (const [path, bytes] of sizes) {
    process.stdout.write(`${path.padEnd(40)} ${(bytes / 1024).toFixed(1).padStart(8)} KiB\n`);
  }
}
