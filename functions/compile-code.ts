import { readFile, writeFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

/**
 * Writes V8's code of a bundle, every function of it compiled, for the entry that `build-bundles.ts`
 * makes: Node's own cache is taken before the bundle runs, and has next to none of what is inside
 * its functions. V8 takes it back only in the same version and with the same flags; of the source
 * it compares the length alone, so it must be made anew with every bundle.
 * @throws Error when V8 would not take its own code back.
 */
export async function compileCode(bundle: string, out: string): Promise<void> {
  const source = `(function(exports,require,module,__filename,__dirname){${await readFile(bundle, "utf8")}})`;
  setFlagsFromString("--no-lazy");
  let script: Script;
  try {
    script = new Script(source, { filename: bundle });
  } finally {
    // Before the code is written: it is marked with the flags.
    setFlagsFromString("--lazy");
  }
  const code = script.createCachedData();
  if (new Script(source, { filename: bundle, cachedData: code }).cachedDataRejected === true) {
    throw new Error(`V8 does not take back the code of ${bundle}`);
  }
  await writeFile(out, code);
}
