import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnCluster } from "./big-cluster.ts";
import { podName } from "./big-pods.ts";
import { freePort, median, spawnContender, stop, untilListening } from "./contender.ts";
import { readOptions } from "../shared/command-options.ts";

const { values } = readOptions("npm run bench:labels -- [options]", {
  options: {
    pods: { type: "string", default: "50000" },
    rounds: { type: "string", default: "3" },
  },
});
const pods = Number(values.pods);
const MB = 1e6;

/** One way to get all labels: what it took and gave. */
type Measured = { seconds: number; peakBytes: number; outBytes: number; pods: number };

const folder = mkdtempSync(join(tmpdir(), "vigie-bench-"));
const cluster = await spawnCluster(pods);
const counter = await startCounter(Number(new URL(cluster.url).port));
try {
  const direct = writeKubeconfig("direct", cluster.url);
  const counted = writeKubeconfig("counted", counter.url);
  const ways: readonly (readonly [string, (kubeconfig: string) => Promise<Measured>])[] = [
    ["kubectl get pods -A --show-labels", kubectl],
    ["label-scan, from zero", (kubeconfig) => labelScan(kubeconfig, {})],
    [
      "label-scan, gzip asked for",
      (kubeconfig) => labelScan(kubeconfig, { "accept-encoding": "gzip" }),
    ],
  ];
  const results = new Map(ways.map(([name]) => [name, [] as Measured[]]));
  const apiBytes = new Map<string, number>();
  for (const [name, run] of ways) {
    counter.reset();
    await run(counted);
    apiBytes.set(name, counter.bytes());
  }
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [name, run] of ways) results.get(name)?.push(await run(direct));
  }
  print(`${pods} pods, median of ${values.rounds}, interleaved, node ${process.version}`);
  print(
    "                                     seconds   ratio  peak MB  from the API MB  answer MB",
  );
  const base = median((results.get(ways[0]?.[0] ?? "") ?? []).map(({ seconds }) => seconds));
  for (const [name, all] of results) {
    const of = (pick: (one: Measured) => number) => median(all.map(pick));
    if (all.some((one) => one.pods !== pods)) throw new Error(`${name} has not given every pod`);
    const seconds = of((one) => one.seconds);
    const cells = [
      seconds.toFixed(2).padStart(9),
      `${(base / seconds).toFixed(1)}×`.padStart(8),
      (of((one) => one.peakBytes) / MB).toFixed(0).padStart(9),
      ((apiBytes.get(name) ?? 0) / MB).toFixed(1).padStart(17),
      (of((one) => one.outBytes) / MB).toFixed(1).padStart(11),
    ];
    print(`  ${name.padEnd(34)}${cells.join("")}`);
  }
  const startSeconds = await perPod(direct);
  const hours = (2 * pods * startSeconds) / 3_600;
  print(
    `  the original script: 2 kubectl starts a pod of ${(startSeconds * 1_000).toFixed(0)} ms each (measured 20 times): ${hours.toFixed(1)} h`,
  );
} finally {
  counter.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
}

async function kubectl(kubeconfig: string): Promise<Measured> {
  const args = ["--kubeconfig", kubeconfig, "get", "pods", "-A", "--show-labels"];
  const startedMs = performance.now();
  const child = spawn("kubectl", args, { stdio: ["ignore", "pipe", "inherit"] });
  const peak = watchPeak(child);
  let outBytes = 0;
  let lines = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    outBytes += chunk.length;
    for (const byte of chunk) if (byte === 10) lines += 1;
  });
  await once(child, "close");
  const seconds = (performance.now() - startedMs) / 1_000;
  return { seconds, peakBytes: peak(), outBytes, pods: lines - 1 };
}

async function labelScan(kubeconfig: string, headers: Record<string, string>): Promise<Measured> {
  const port = await freePort();
  const startedMs = performance.now();
  const script = join("..", "dist", "label-scan.cjs");
  // As knative/base/label-scan.yaml starts it.
  const env = {
    KUBECONFIG: kubeconfig,
    LOG_LEVEL: "warn",
    NODE_OPTIONS: "--max-semi-space-size=2",
  };
  const child = spawnContender({ name: "label-scan", script, env }, port);
  try {
    await untilListening(port, child);
    const peak = watchPeak(child);
    const { outBytes, tail } = await download(port, headers);
    const seconds = (performance.now() - startedMs) / 1_000;
    // A compressed answer says nothing at its end; its length is that of the others.
    const counted = /(\d+) pods in/.exec(tail)?.[1];
    return { seconds, peakBytes: peak(), outBytes, pods: Number(counted ?? pods) };
  } finally {
    await stop(child);
  }
}

function download(
  port: number,
  headers: Record<string, string>,
): Promise<{ outBytes: number; tail: string }> {
  return new Promise((resolve, reject) => {
    const target = { host: "127.0.0.1", port, path: "/labels?format=text", headers };
    get(target, (response) => {
      if (response.statusCode !== 200) {
        reject(new Error(`label-scan answered ${response.statusCode}`));
      }
      let outBytes = 0;
      let tail = "";
      response.on("data", (chunk: Buffer) => {
        outBytes += chunk.length;
        tail = chunk.subarray(-200).toString();
      });
      response.once("end", () => resolve({ outBytes, tail }));
      response.once("error", reject);
    }).once("error", reject);
  });
}

/** The largest resident set of a process so far (Linux), asked for every 5 ms and at the end. */
function watchPeak(child: ChildProcess): () => number {
  let peakBytes = 0;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakBytes = Math.max(peakBytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024);
    } catch {
      // It has ended, or this is no Linux: what was seen last counts.
    }
  };
  const timer = setInterval(look, 5);
  return () => {
    look();
    clearInterval(timer);
    return peakBytes;
  };
}

/** Seconds that one `kubectl get pod` takes, of twenty. */
async function perPod(kubeconfig: string): Promise<number> {
  const seconds: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const { namespace, name } = podName(index);
    const args = ["--kubeconfig", kubeconfig, "get", "pod", name, "-n", namespace, "--show-labels"];
    const startedMs = performance.now();
    await once(spawn("kubectl", args, { stdio: "ignore" }), "close");
    seconds.push((performance.now() - startedMs) / 1_000);
  }
  return median(seconds);
}

/** Passes connections on and counts what the API answers. */
async function startCounter(port: number) {
  let bytes = 0;
  const server = createServer((incoming) => {
    const outgoing = connect(port, "127.0.0.1");
    outgoing.on("data", (chunk: Buffer) => (bytes += chunk.length));
    outgoing.pipe(incoming).pipe(outgoing);
    for (const socket of [incoming, outgoing]) {
      socket.on("error", () => {
        incoming.destroy();
        outgoing.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    reset: () => void (bytes = 0),
    close: () => void server.close(),
  };
}

function writeKubeconfig(name: string, server: string): string {
  const file = join(folder, name);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "bench",
    clusters: [{ name: "bench", cluster: { server } }],
    users: [{ name: "bench", user: {} }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
