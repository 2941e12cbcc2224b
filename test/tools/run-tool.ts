import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { withCompileCache } from "../compile-cache.ts";

const root = resolve(import.meta.dirname, "../..");

/** What a command has said, and its exit code. */
export type Said = { code: number | null; stdout: string; stderr: string };

/** Runs `tools/<name>.ts`, as `npm run` does. */
export async function runTool(name: string, ...args: string[]): Promise<Said> {
  const child = spawn(process.execPath, [join(root, "tools", `${name}.ts`), ...args], {
    cwd: root,
    env: { ...process.env, ...withCompileCache },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
