import { readOptions } from "../shared/command-options.ts";
import { fail, print } from "./fail.ts";
import { readPolicyFile } from "./policy-file.ts";
import { summarizePolicy } from "./policy-summary.ts";

/** `npm run policy:check FILE`: every fault with its path and exit 1, or `ok` and what it comes to. */
const { positionals } = readOptions("npm run policy:check -- FILE", { allowPositionals: true });
const [file, ...more] = positionals;
if (file === undefined || more.length > 0)
  fail("policy:check", "give one file: a policy, or a ConfigMap with it");
try {
  const policy = await readPolicyFile(file);
  print(`${file}: ok`, ...summarizePolicy(policy));
} catch (error) {
  fail("policy:check", error);
}
