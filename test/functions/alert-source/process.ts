import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withCompileCache } from "../../compile-cache.ts";

/** A function running as a process of its own. */
export type Running = {
  url: string;
  /** Ends it as Knative does; gives the exit code. */
  stop(): Promise<number | null>;
};

/** Starts a function from source on a free port and waits until it says that it listens. */
export async function startFunction(step: string, env: Record<string, string>): Promise<Running> {
  const child = spawnFunction(step, env);
  const closed = once(child, "close") as Promise<[number | null]>;
  const output = collect(child);
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const found = /"port":(\d+)\D/.exec(output());
      if (found !== null) resolve(Number(found[1]));
    });
    void closed.then(([code]) => reject(new Error(`${step} ended with ${code}: ${output()}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      return (await closed)[0];
    },
  };
}

/** Starts a function that is expected to refuse: its exit code and all it said. */
export async function runToExit(step: string, env: Record<string, string>) {
  const child = spawnFunction(step, env);
  const output = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output() };
}

function spawnFunction(step: string, env: Record<string, string>): ChildProcess {
  const file = fileURLToPath(new URL(`../../../functions/${step}/index.ts`, import.meta.url));
  const { PATH = "", HOME = "" } = process.env;
  return spawn(process.execPath, [file], {
    env: { PATH, HOME, PORT: "0", ...withCompileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function collect(child: ChildProcess): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return () => output;
}
