import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { withCompileCache } from "../compile-cache.ts";

/** A function's real process on a free port. */
export type RunningFunction = {
  url: string;
  /** Everything it has written to stdout and stderr so far. */
  output(): string;
  /** Posts a CloudEvent in binary mode. */
  post(event: {
    type: string;
    id: string;
    source?: string;
    time?: string;
    data?: unknown;
    extensions?: Record<string, string>;
    /** Default "/". */
    path?: string;
  }): Promise<Response>;
  /** SIGTERM, or another; answers the exit code, null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

/**
 * Starts `functions/<step>/index.ts` from the source with only these variables beside PATH, and
 * waits until it listens.
 */
export async function runFunction(
  step: string,
  env: Record<string, string> = {},
): Promise<RunningFunction> {
  const { child, output, closed } = spawnFunction(step, env);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const port = /"port":(\d+)\D/.exec(output())?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.once("close", (code) => reject(new Error(`${step} ended with ${code}\n${output()}`)));
  });
  return {
    url,
    output,
    post: ({ type, id, source = "/test", time, data, extensions = {}, path = "/" }) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: {
          "ce-specversion": "1.0",
          "ce-type": type,
          "ce-id": id,
          "ce-source": source,
          ...(time === undefined ? {} : { "ce-time": time }),
          ...Object.fromEntries(
            Object.entries(extensions).map(([name, value]) => [`ce-${name}`, value]),
          ),
          ...(data === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(data === undefined ? {} : { body: JSON.stringify(data) }),
      }),
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const [code] = await closed;
      return code;
    },
  };
}

/** Starts it where it is expected to refuse: its exit code and all it said. */
export async function runToExit(step: string, env: Record<string, string>) {
  const { output, closed } = spawnFunction(step, env);
  const [code] = await closed;
  return { code, output: output() };
}

function spawnFunction(step: string, env: Record<string, string>) {
  const entry = fileURLToPath(new URL(`../../functions/${step}/index.ts`, import.meta.url));
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [entry], {
    env: { PATH: process.env["PATH"], PORT: "0", ...withCompileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  // All that it has written has been read by then, which at its exit it need not be.
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, output: () => output, closed };
}
