import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { freePort } from "../../bench/contender.ts";
import { recording } from "../recording.ts";

const project = resolve(import.meta.dirname, "../..");
/** The manifests that are run when a test names no others with `-f`. */
export const base = join(project, "knative/base");

/** One line of `npm run dev -- --json`. */
type Line = { kind: string } & Record<string, unknown>;

/** `npm run dev` as a user has it: its own process, its own folder, ports that were free. */
export type Runtime = {
  process: ChildProcess;
  folder: string;
  broker: string;
  brokerPort: number;
  gatewayPort: number;
  kubePort: number;
  lines: Line[];
  /** All that was printed, with `--text`. */
  terminal(): string;
  /** URL and Host header of a door: `<service>.vigie.localhost`. */
  door(service: string, path: string): { url: string; host: string };
  kubectl(...args: string[]): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

/** Reads `--json` lines, or with `--text` first what a user sees. Resolves when it is ready. */
export function startRuntime(...args: string[]): Promise<Runtime> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-e2e-"));
  return start(folder, base, args);
}

/** The same in a folder that is there, after an earlier one; `stop` takes it away. */
export function startIn(folder: string, ...args: string[]): Promise<Runtime> {
  return start(folder, base, args);
}

/** The same in a copy of someone's folder, with its manifests. */
export function startForeign(fixture: string, ...args: string[]): Promise<Runtime> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-e2e-"));
  cpSync(join(import.meta.dirname, "foreign", fixture), folder, { recursive: true });
  return start(folder, ".", args);
}

/** A port that was free may be another test's by the time the runtime takes it. */
const MAX_STARTS = 3;

async function start(folder: string, manifests: string, args: string[]): Promise<Runtime> {
  for (let count = 1; ; count += 1) {
    try {
      const ports = [await freePort(), await freePort(), await freePort()];
      return await startOn(ports, folder, manifests, args);
    } catch (error) {
      if (count < MAX_STARTS && /port \d+ is taken/.test(String(error))) continue;
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

async function startOn(
  [port, gatewayPort, kubePort]: number[],
  folder: string,
  manifests: string,
  args: string[],
): Promise<Runtime> {
  const isText = args[0] === "--text";
  const ports = ["--port", port, "--gateway-port", gatewayPort, "--kube-port", kubePort];
  const child = spawn(
    process.execPath,
    [
      join(project, "knative/local/main.js"),
      ...(isText ? args.slice(1) : ["--json", ...args]),
      ...(args.includes("-f") ? [] : ["-f", manifests]),
      ...(args.includes("--kubeconfig") ? [] : recordOption()),
      ...ports.map(String),
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  const lines: Line[] = [];
  let terminal = "";
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (isText) terminal += `${line}\n`;
    else lines.push(JSON.parse(line) as Line);
  });
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  const exited = once(child, "exit");
  const runtime: Runtime = {
    process: child,
    folder,
    broker: `http://localhost:${port}/vigie/default`,
    brokerPort: port as number,
    gatewayPort: gatewayPort as number,
    kubePort: kubePort as number,
    lines,
    terminal: () => terminal,
    door: (service, path) => ({
      url: `http://127.0.0.1:${gatewayPort}${path}`,
      host: `${service}.vigie.localhost:${gatewayPort}`,
    }),
    async kubectl(...kubectlArgs) {
      // What kubectl knows of a cluster it keeps by the port, in the folder of whoever runs it: some
      // other test's cluster had the same port, or its kubectl writes there at this moment.
      const { stdout } = await promisify(execFile)("kubectl", [
        `--kubeconfig=${join(folder, ".vigie/kubeconfig")}`,
        `--cache-dir=${join(folder, ".kube-cache")}`,
        ...kubectlArgs,
      ]);
      return stdout;
    },
    async stop(signal = "SIGINT") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      rmSync(folder, { recursive: true, force: true });
      return child.exitCode;
    },
  };
  try {
    await waitFor("ready", () => {
      assert.equal(child.exitCode, null, `the runtime ended early:\n${errors.join("\n")}`);
      return isText ? /^ready/m.test(terminal) : lines.some((line) => line.kind === "ready");
    });
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
    throw error;
  }
  return runtime;
}

/** Polls until `fact` is true. Fails by name after `timeoutMs`. */
export async function waitFor(
  name: string,
  fact: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${name}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Whether a program can be started; tests that need it are pending without. */
export function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "")
    .split(":")
    .some((folder) => folder !== "" && existsSync(join(folder, program)));
}

/** Processes whose parent is `pid`, from the process table. */
export function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  return stdout.split("\n").map(Number).filter(Boolean);
}

function recordOption(): string[] {
  const { record } = recording();
  return record === undefined ? [] : ["--record", record];
}
