import { existsSync, globSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Bundle, buildBundles } from "./build-bundles.ts";
import { warmCache } from "./build-cache.ts";
import { copyImageTree } from "./image-tree.ts";
import { sbomOf } from "./sbom.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run build [-- --quiet] [--out DIR] [--each] [--program FOLDER]`: every `functions/<step>/index.ts` into
 * `dist/<step>.cjs`, one line for each.
 *
 * `dist/` is whole by itself (copy all of it, or nothing) and may be read-only:
 *
 * - `<step>.cjs`: what is run; turns on the compile cache beside it and loads the bundle
 * - `lib/<step>.cjs`: the bundle, with everything that the first event needs
 * - `lib/vendor/<package>.cjs`: packages that are imported when they are needed, once for all steps
 * - `functions/<step>/page/`, `shared/page/`: pages, as they are
 * - `.cache/`: V8's compiled code, for this version of Node and this user; others start without
 *
 * `--each` makes what images are made of: `<step>/` for each, whole by itself, with the packages
 * that this step may import and no others, and the list of what is in them (`sbom.spdx.json`). It
 * is run as `<step>/main.cjs`, and has no cache yet: that must come from the Node and the user of
 * the image (`warm.ts`).
 *
 * `--program`: `FOLDER/main.ts` instead of the functions, by the folder's name; with `--each` only,
 * for nothing but a function can be warmed.
 */
const { values } = readOptions("npm run build -- [options]", {
  options: {
    quiet: { type: "boolean", default: false },
    out: { type: "string", default: join(import.meta.dirname, "..", "dist") },
    each: { type: "boolean", default: false },
    program: { type: "string" },
  },
});
if (values.program !== undefined && !values.each) throw new Error("--program needs --each");
const sources =
  values.program === undefined
    ? globSync(join(import.meta.dirname, "*/index.ts")).sort()
    : [join(resolve(values.program), "main.ts")];
const entries = new Map(sources.map((path) => [basename(dirname(path)), path]));
const steps = [...entries.keys()];

// Built beside and put in place whole: what runs from dist/ meanwhile finds the old or the new.
const fresh = `${values.out}.${process.pid}`;
const old = `${fresh}.old`;
const whole = `${values.out}.${process.pid}.whole`;
let bundles: Bundle[];
try {
  if (values.each) {
    bundles = await buildBundles(entries, whole);
    for (const step of steps) {
      const copied = await copyImageTree(step, whole, join(fresh, step));
      const inside = bundles.filter(({ path }) => copied.includes(path));
      const sbom = sbomOf(
        step,
        inside.flatMap(({ packages }) => packages),
      );
      await writeFile(join(fresh, step, "sbom.spdx.json"), sbom);
    }
  } else {
    bundles = await buildBundles(entries, fresh);
    await warmCache(steps.map((step) => join(fresh, `${step}.cjs`)));
  }
  if (existsSync(values.out)) await rename(values.out, old);
  await rename(fresh, values.out);
} finally {
  await rm(fresh, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
  await rm(whole, { recursive: true, force: true });
}
if (!values.quiet) {
  for (const { path, bytes } of bundles) {
    process.stdout.write(`${path.padEnd(40)} ${(bytes / 1024).toFixed(1).padStart(8)} KiB\n`);
  }
}
