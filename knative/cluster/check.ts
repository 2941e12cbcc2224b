import { readOptions } from "../../shared/command-options.ts";
import { findings } from "./findings.ts";

/**
 * `npm run cluster:check`: what kubectl's cluster lacks for the minikube overlay, and the command
 * that brings it. Changes nothing. Exit code 1 when something is missing.
 */
readOptions("npm run cluster:check", {});
const found = await findings();
for (const { name, isThere, get } of found) {
  process.stdout.write(isThere ? `ok       ${name}\n` : `missing  ${name}\n         ${get}\n`);
}
const missing = found.filter(({ isThere }) => !isThere).length;
process.stdout.write(missing === 0 ? "ready\n" : `${missing} missing\n`);
process.exitCode = missing === 0 ? 0 : 1;
