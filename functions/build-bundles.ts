import { build, type BuildOptions, type Plugin } from "esbuild";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative } from "node:path";
import { defaultPolicyText } from "./default-policy-text.ts";

const FUNCTIONS = import.meta.dirname;
const PROJECT = join(FUNCTIONS, "..");
/**
 * esbuild looks for it and says nothing where there is none: then our modules, strict as they are
 * written, are bundled as sloppy CommonJS. It cannot be named as an option: then it is applied to packages too.
 */
const TSCONFIG = join(PROJECT, "tsconfig.json");

/**
 * Modules of ours that few processes load, and that share no state with the bundle: made apart as
 * packages are. Inside it even unread they would cost 10 KiB and, as what they import would have to
 * wait to be asked for, the tree-shaking of the rest.
 */
const APART: ReadonlySet<string> = new Set(["shared/trace/create-tracer.ts"]);

const OPTIONS = {
  bundle: true,
  minify: true,
  // Stack traces and error names keep their names; it costs a few KiB.
  keepNames: true,
  format: "cjs",
  platform: "node",
  target: "node24",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  // import() of CommonJS starts the ESM loader, milliseconds that require() does not take.
  supported: { "dynamic-import": false },
  define: {
    "import.meta.dirname": "__dirname",
    DEFAULT_POLICY_TEXT: JSON.stringify(defaultPolicyText() ?? undefined) ?? "undefined",
  },
} satisfies BuildOptions;

/** A file of JavaScript that was made. */
export type Bundle = {
  /** Within what was made: `lib/alert-handle.cjs`. */
  path: string;
  bytes: number;
  /** The packages whose code is in it, as package-lock.json names them: `node_modules/pino`. */
  packages: string[];
};

/**
 * Makes `out` without its cache.
 * @param entries the source that each step begins with
 * @returns the bundles, in the order of their paths.
 * @throws Error when there is no tsconfig.json.
 */
export async function buildBundles(
  entries: ReadonlyMap<string, string>,
  out: string,
): Promise<Bundle[]> {
  if (!existsSync(TSCONFIG)) throw new Error(`there is no ${TSCONFIG}`);
  const lazy = new Set<string>();
  const lib = join(out, "lib");
  const bundled = await build({
    ...OPTIONS,
    entryPoints: Object.fromEntries(entries),
    outdir: lib,
    outExtension: { ".js": ".cjs" },
    absWorkingDir: PROJECT,
    plugins: [vendorLazily(lazy)],
  });
  const packages = [...lazy].sort();
  const vendored = await build({
    ...OPTIONS,
    entryPoints: packages.map((name) => ({
      in: APART.has(name) ? join(PROJECT, name) : name,
      out: vendorName(name),
    })),
    outdir: join(lib, "vendor"),
    outExtension: { ".js": ".cjs" },
    absWorkingDir: PROJECT,
  });
  for (const step of entries.keys()) {
    await writeFile(join(out, `${step}.cjs`), entry(step));
    const page = join(FUNCTIONS, step, "page");
    if (!existsSync(page)) continue;
    await mkdir(join(out, "functions", step), { recursive: true });
    await cp(page, join(out, "functions", step, "page"), { recursive: true });
    await cp(join(FUNCTIONS, "../shared/page"), join(out, "shared/page"), { recursive: true });
  }
  const made = { ...bundled.metafile.outputs, ...vendored.metafile.outputs };
  return Object.entries(made)
    .map(([file, { bytes, inputs }]) => ({
      path: relative(out, join(PROJECT, file)),
      bytes,
      packages: packagesOf(inputs),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What is imported and then shaken out is not in it. */
function packagesOf(inputs: Record<string, { bytesInOutput: number }>): string[] {
  const folders = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
    const [folder] = /node_modules\/(.*node_modules\/)?(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    return folder === undefined || bytesInOutput === 0 ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}

/**
 * With the compiled code that `compile-code.ts` leaves, the bundle is run from that; without it, as
 * any module. The cache is for the packages that are loaded later, and has to be on before. `portable`:
 * keyed by the path relative to the cache, so that dist/ can be moved.
 */
function entry(step: string): string {
  return `"use strict";
const fs = require("node:fs"), { createRequire, enableCompileCache } = require("node:module");
const name = "${step}", filename = __dirname + "/lib/" + name + ".cjs";
enableCompileCache?.({ directory: __dirname + "/.cache", portable: true });
let cachedData;
try {
  cachedData = fs.readFileSync(__dirname + "/.cache/" + name + "-" + process.version + "-" + process.arch + ".code");
} catch {}
if (cachedData === undefined) require(filename);
else {
  const { Script } = require("node:vm"), module = { exports: {} };
  const source = "(function(exports,require,module,__filename,__dirname){" + fs.readFileSync(filename, "utf8") + "})";
  // Rejected by another V8, it is compiled as the source is, as it is needed.
  const script = new Script(source, { filename, cachedData });
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, __dirname + "/lib");
}
`;
}

function vendorName(name: string): string {
  return name.replace(/^@/, "").replace(/\.ts$/, "").replaceAll("/", "-");
}

/** Packages that are imported dynamically stay out of the bundles: reading them costs time too. */
function vendorLazily(lazy: Set<string>): Plugin {
  const apart = (name: string) => {
    lazy.add(name);
    return { path: `./vendor/${vendorName(name)}.cjs`, external: true };
  };
  return {
    name: "vendor-lazily",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) => {
        if (kind !== "dynamic-import" || isBuiltin(path)) return null;
        return apart(path);
      });
      esbuild.onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
        const name = relative(PROJECT, join(resolveDir, path));
        return kind === "dynamic-import" && APART.has(name) ? apart(name) : null;
      });
    },
  };
}
