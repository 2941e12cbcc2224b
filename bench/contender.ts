import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { takePort } from "../knative/local/serving/free-port.ts";

/** A program that serves HTTP on PORT. */
export type Contender = {
  name: string;
  /** Script, from the folder of the benches. */
  script: string;
  env?: Record<string, string>;
};

/** Ends with the command that installs them, when the peers are missing. */
export function assertPeers(): void {
  if (existsSync(join(import.meta.dirname, "node_modules", "faas-js-runtime"))) return;
  process.stderr.write("the peers are missing: npm ci --ignore-scripts --prefix bench\n");
  process.exit(1);
}

/**
 * Starts it without waiting for anything. Its output is thrown away, its faults are shown. Ours
 * listens where the bare server does: a socket for both IPv6 and IPv4 costs the kernel more.
 */
export function spawnContender({ script, env = {} }: Contender, port: number): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, script)], {
    env: {
      PATH: process.env["PATH"],
      PORT: String(port),
      HOST: "127.0.0.1",
      NODE_ENV: "production",
      ...env,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Resolves when something accepts connections there. Asks each millisecond. */
export async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (await isOpen(port)) return;
    await delay(1);
  }
  throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (isListening: boolean): void => {
      socket.destroy();
      resolve(isListening);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** A port for a process of this bench; no other bench or runtime is given it before this one ends. */
export async function freePort(): Promise<number> {
  return await takePort();
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
