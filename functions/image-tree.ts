import { existsSync } from "node:fs";
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Copies out of `dist` what one step needs to be whole by itself: its bundle, its page, and the
 * packages that the bundle may import later. It is run as `tree/main.cjs`: an image's ENTRYPOINT
 * is the same for every step.
 * @returns the bundles that it took, by their paths in `dist`.
 */
export async function copyImageTree(step: string, dist: string, tree: string): Promise<string[]> {
  await mkdir(join(tree, "lib/vendor"), { recursive: true });
  await cp(join(dist, `${step}.cjs`), join(tree, "main.cjs"));
  const bundle = join("lib", `${step}.cjs`);
  await cp(join(dist, bundle), join(tree, bundle));
  const text = await readFile(join(dist, bundle), "utf8");
  const copied = [bundle];
  for (const [, name = ""] of text.matchAll(/"\.\/vendor\/([\w.-]+\.cjs)"/g)) {
    const vendor = join("lib/vendor", name);
    await cp(join(dist, vendor), join(tree, vendor));
    copied.push(vendor);
  }
  const page = join("functions", step);
  if (existsSync(join(dist, page))) {
    for (const folder of [page, "shared/page"]) {
      await cp(join(dist, folder), join(tree, folder), { recursive: true });
    }
  }
  return copied;
}
