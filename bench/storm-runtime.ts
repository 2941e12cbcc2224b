import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readLines } from "../knative/local/serving/lines.ts";
import { freePort } from "./contender.ts";
import { cpuMilliseconds } from "./cpu-time.ts";

type Counts = Record<"matched" | "delivered" | "replied" | "deadLettered" | "dropped", number>;

/** The runtime with the way of an alert to a label: alert-source, alert-handle, and the console. */
export type StormRuntime = {
  kubeconfig: string;
  /** Posts a webhook to alert-source through the gateway; answers the status. */
  postAlerts(body: string): Promise<number>;
  /** Resolves when nothing waits for alert-handle any more. */
  untilQuiet(): Promise<Counts>;
  /** What the broker has given up: how much, and the newest 200 of them. */
  deadLetters(): Promise<{ kept: number; deadLetters: { reason: string; trigger: string }[] }>;
  /** Largest resident set and time on a CPU of each process so far (Linux). */
  peaks(): { name: string; bytes: number; cpuSeconds: number }[];
  /** Milliseconds on a CPU of each process so far, all threads, by name (Linux). */
  cpu(): Map<string, number>;
  /** Functions that run now. */
  running(): string[];
  stop(): Promise<void>;
};

const project = join(import.meta.dirname, "..");
/** As `npm run dev` starts it. */
const HEAP = ["--max-semi-space-size=8"];
/** One heap of glibc's for all threads instead of one each: 14 MB of what they leave behind. */
const ENVIRONMENT = { ...process.env, MALLOC_ARENA_MAX: "1" };
const MANIFESTS = ["namespace", "broker", "policy", "alert-source", "alert-handle", "console"];

/** `more`: further manifests and options of the runtime, and who reads its lines of JSON. */
export async function startStormRuntime(
  kubeUrl: string,
  more: { manifests?: string[]; options?: string[]; onLine?: (line: string) => void } = {},
): Promise<StormRuntime> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-storm-"));
  const kubeconfig = join(folder, "kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "bench",
    clusters: [{ name: "bench", cluster: { server: kubeUrl } }],
    users: [{ name: "bench", user: {} }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench", namespace: "vigie" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const manifests = [...MANIFESTS, ...(more.manifests ?? [])];
  const files = manifests.flatMap((name) => ["-f", join(project, "knative/base", `${name}.yaml`)]);
  const options = ["--kubeconfig", kubeconfig, "--no-clock", "--json", ...(more.options ?? [])];
  const ports = ["--port", String(port), "--gateway-port", String(gatewayPort)];
  const main = join(project, "knative/local/main.js");
  const child = spawn(process.execPath, [...HEAP, main, ...options, ...ports, ...files], {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let isReady = false;
  if (more.onLine === undefined) {
    // Every delivery is a line: reading them must not cost the storm its time.
    child.stdout.on("data", (chunk: Buffer) => {
      if (!isReady && chunk.includes('"kind":"ready"')) isReady = true;
    });
  } else {
    const { onLine } = more;
    readLines(child.stdout, (line) => {
      if (line.includes('"kind":"ready"')) isReady = true;
      onLine(line);
    });
  }
  while (!isReady) {
    if (child.exitCode !== null) throw new Error(`the runtime ended with ${child.exitCode}`);
    await delay(20);
  }
  const agent = new Agent({ keepAlive: true });

  const processes = () => {
    const pid = child.pid ?? 0;
    const functions = childrenOf(pid).map((each) => ({ name: stepOf(each), pid: each }));
    return [{ name: "runtime", pid }, ...functions];
  };
  return {
    kubeconfig,
    postAlerts(body) {
      return new Promise((resolve, reject) => {
        const headers = {
          host: `alert-source.vigie.localhost:${gatewayPort}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        };
        const target = { host: "127.0.0.1", port: gatewayPort, path: "/alerts", method: "POST" };
        const sent = request({ ...target, headers, agent }, (response) => {
          response.resume().once("end", () => resolve(response.statusCode ?? 0));
        });
        sent.once("error", reject).end(body);
      });
    },
    async untilQuiet() {
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/`);
        const { brokers } = (await answer.json()) as {
          brokers: { triggers: { name: string; counts: Counts }[] }[];
        };
        const counts = brokers[0]?.triggers.find(({ name }) => name === "alert-handle")?.counts;
        if (counts === undefined) throw new Error("there is no trigger alert-handle");
        const { matched, delivered, replied, deadLettered, dropped } = counts;
        if (matched > 0 && matched === delivered + replied + deadLettered + dropped) {
          return counts;
        }
        await delay(50);
      }
    },
    async deadLetters() {
      const answer = await fetch(`http://127.0.0.1:${port}/dead-letters`);
      return (await answer.json()) as Awaited<ReturnType<StormRuntime["deadLetters"]>>;
    },
    peaks() {
      return processes().map(({ name, pid }) => ({
        name,
        bytes: peakOf(pid),
        cpuSeconds: cpuSecondsOf(pid),
      }));
    },
    cpu: () => new Map(processes().map(({ name, pid }) => [name, cpuMilliseconds(pid)])),
    running: () => childrenOf(child.pid ?? 0).map((pid) => stepOf(pid)),
    async stop() {
      agent.destroy();
      child.kill("SIGINT");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  return stdout
    .split("\n")
    .map(Number)
    .filter((each) => each > 0 && stepOf(each) !== "");
}

/** The function's name; "" for a process that is none, such as `ps`. */
function stepOf(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return /([\w-]+)\.cjs/.exec(command)?.[1] ?? "";
  } catch {
    return "";
  }
}

function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024;
}

/** Ticks of 10 ms in the kernel and outside; the name before them may hold blanks, and ends with ")". */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
