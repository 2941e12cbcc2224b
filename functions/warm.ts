import { chmodSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import { warmCache } from "./build-cache.ts";

/**
 * `node functions/warm.ts DIR`: gives each `DIR/<step>/main.cjs` (`build.ts --each`) its compile
 * cache. V8 takes a cache back only in the same version of Node, on the same architecture, and Node
 * looks for it under the number of its user: so this runs in the image that will run the function,
 * as its user. It needs nothing but Node itself.
 */
const [folder = "."] = process.argv.slice(2);
const scripts = globSync("*/main.cjs", { cwd: folder }).sort();
if (scripts.length === 0) throw new Error(`there is no <step>/main.cjs in ${folder}`);
await warmCache(scripts.map((script) => join(folder, script)));

// Node writes it for its owner alone; in the image it belongs to root, and is read by another.
for (const path of globSync("*/.cache/**", { cwd: folder })) {
  const file = join(folder, path);
  chmodSync(file, statSync(file).isDirectory() ? 0o755 : 0o644);
}
