import { execFile } from "node:child_process";
import { promisify } from "node:util";

const MAX_BYTES = 64 * 2 ** 20;
const TIMEOUT_MS = 30_000;

/** What a program prints, or null when it is missing, fails, or takes longer than half a minute. */
export async function output(program: string, ...args: string[]): Promise<string | null> {
  const options = { maxBuffer: MAX_BYTES, timeout: TIMEOUT_MS };
  const running = promisify(execFile)(program, args, options);
  // A kubectl without credentials asks for a name: nobody is there to answer.
  running.child.stdin?.end();
  return await running.then(
    ({ stdout }) => stdout,
    () => null,
  );
}

/** What kubectl answers as JSON, in the context that it has (KUBECONFIG), or null. */
export async function kubectlJson<T>(...args: string[]): Promise<T | null> {
  const text = await output("kubectl", ...args);
  return text === null ? null : (JSON.parse(text) as T);
}
