import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, median, spawnContender, stop, untilListening } from "./contender.ts";
import { sendEvents } from "./event-load.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:broker [-- --rounds 5 --seconds 2 --warm-up 3 --only proxy,sync]`: events per second and
 * milliseconds through the broker as `npm run dev` runs it, beside a reverse proxy that does
 * nothing else. All are up at once, and one at a time is asked.
 */
const { values } = readOptions("npm run bench:broker -- [options]", {
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    "warm-up": { type: "string", default: "3" },
    only: { type: "string" },
    profile: { type: "string" },
  },
});
/** Of a cluster that nobody asks for anything. */
const KUBECONFIG = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "none",
  clusters: [{ name: "none", cluster: { server: "http://127.0.0.1:9" } }],
  users: [{ name: "none", user: {} }],
  contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
});

const MAIN = resolve(import.meta.dirname, "../knative/local/main.js");
const TYPE = "dev.vigie.bench.asked.v1";
/** As many as `bench:serve` has; more only adds queueing. */
const CONNECTIONS = 32;
const warmUpMs = Number(values["warm-up"]) * 1_000;

type Setting = {
  name: string;
  /** Null: the proxy. */
  store: "sync" | "stored" | null;
  /** `spec` lines of each trigger beside broker and subscriber. */
  filters: readonly string[];
  /** Deliveries of one event. */
  copies: number;
};

const EXACT = `filters: [{ exact: { type: ${TYPE} } }]`;
const others = (count: number, filter: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => filter(n));
const ofType = (n: number) => `filters: [{ exact: { type: other.${n} } }]`;
const ofPrefix = (n: number) => `filters: [{ prefix: { type: other.${n}. } }]`;
const ofRegion = (n: number) => `filters: [{ cesql: "region = 'r${n}' AND tier = 'gold'" }]`;

const SETTINGS: readonly Setting[] = [
  { name: "bare reverse proxy", store: null, filters: [], copies: 1 },
  { name: "sync: 1 trigger", store: "sync", filters: [EXACT], copies: 1 },
  { name: "stored: 1 trigger", store: "stored", filters: [EXACT], copies: 1 },
  { name: "stored: 1 and an idle one", store: "stored", filters: [EXACT, ofType(0)], copies: 1 },
  {
    name: "sync: 10 triggers take it",
    store: "sync",
    filters: others(10, () => EXACT),
    copies: 10,
  },
  {
    name: "stored: 10 triggers take it",
    store: "stored",
    filters: others(10, () => EXACT),
    copies: 10,
  },
  {
    name: "sync: 1 of 10 by type",
    store: "sync",
    filters: [EXACT, ...others(9, ofType)],
    copies: 1,
  },
  {
    name: "sync: 1 of 1,000 by type",
    store: "sync",
    filters: [EXACT, ...others(999, ofType)],
    copies: 1,
  },
  {
    name: "sync: 1 of 10 by prefix",
    store: "sync",
    filters: [EXACT, ...others(9, ofPrefix)],
    copies: 1,
  },
  {
    name: "sync: 1 of 1,000 by prefix",
    store: "sync",
    filters: [EXACT, ...others(999, ofPrefix)],
    copies: 1,
  },
  {
    name: "sync: 1 of 10 by CESQL",
    store: "sync",
    filters: [EXACT, ...others(9, ofRegion)],
    copies: 1,
  },
  {
    name: "sync: 1 of 1,000 by CESQL",
    store: "sync",
    filters: [EXACT, ...others(999, ofRegion)],
    copies: 1,
  },
];

type Figures = {
  rate: number[];
  cpuMicros: number[];
  acceptRate: number[];
  p50Ms: number[];
  p99Ms: number[];
  aloneMs: number[];
  aloneP99Ms: number[];
};
type Running = { setting: Setting; child: ChildProcess; port: number; figures: Figures };

const folder = mkdtempSync(join(tmpdir(), "vigie-bench-"));
const running: Running[] = [];
const words = values.only?.split(",");
const wanted = SETTINGS.filter(({ name }) => words?.some((word) => name.includes(word)) ?? true);
const subscriberPort = await freePort();
const subscriber = spawnContender(
  { name: "subscriber", script: "peers/clocked.cjs" },
  subscriberPort,
);
process.stdout.write(
  `${values.rounds} rounds of ${values.seconds} s, ${CONNECTIONS} connections, node ${process.version}\n`,
);
try {
  await untilListening(subscriberPort, subscriber);
  for (const [index, setting] of wanted.entries()) {
    const port = await freePort();
    const child =
      setting.store === null ? startProxy(port) : await startBroker(setting, port, index);
    running.push({
      setting,
      child,
      port,
      figures: {
        rate: [],
        cpuMicros: [],
        acceptRate: [],
        p50Ms: [],
        p99Ms: [],
        aloneMs: [],
        aloneP99Ms: [],
      },
    });
    await untilListening(port, child);
    if (setting.store !== null) await untilWired(port);
    await run(port, setting, CONNECTIONS, warmUpMs);
  }
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { setting, child, port, figures } of running) {
      const usedBefore = cpuMicrosOf(child);
      const busy = await run(port, setting, CONNECTIONS, Number(values.seconds) * 1_000);
      figures.rate.push(busy.perSecond);
      figures.cpuMicros.push((cpuMicrosOf(child) - usedBefore) / busy.accepted);
      figures.acceptRate.push(busy.acceptedPerSecond);
      figures.p50Ms.push(busy.p50Ms);
      figures.p99Ms.push(busy.p99Ms);
      const alone = await run(port, setting, 1, Number(values.seconds) * 250);
      figures.aloneMs.push(alone.p50Ms);
      figures.aloneP99Ms.push(alone.p99Ms);
    }
  }
  report();
} finally {
  for (const { child } of running)
    await (values.profile === undefined ? stop(child) : stopGently(child));
  await stop(subscriber);
  rmSync(folder, { recursive: true, force: true });
}

function startProxy(port: number): ChildProcess {
  const env = { TARGET: `http://127.0.0.1:${subscriberPort}/` };
  return spawnContender({ name: "proxy", script: "peers/proxy.cjs", env }, port);
}

/** The runtime itself, with its line for each delivery, which nobody reads. No simulated cluster. */
async function startBroker(setting: Setting, port: number, index: number): Promise<ChildProcess> {
  const home = join(folder, String(index));
  mkdirSync(home);
  writeFileSync(join(home, "bench.yaml"), manifests(setting.filters));
  writeFileSync(join(home, "kubeconfig"), KUBECONFIG);
  const [gatewayPort, kubePort] = [await freePort(), await freePort()];
  const ports = { port, "gateway-port": gatewayPort, "kube-port": kubePort };
  const options = Object.entries(ports).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const profile =
    values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  return spawn(
    process.execPath,
    [
      ...profile,
      MAIN,
      "-f",
      "bench.yaml",
      "--kubeconfig",
      "kubeconfig",
      "--broker",
      setting.store ?? "",
      ...options,
    ],
    { cwd: home, stdio: ["ignore", "ignore", "inherit"] },
  );
}

/** It listens a little earlier than it knows its triggers. */
async function untilWired(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}/`)).ok) await delay(20);
}

function manifests(filters: readonly string[]): string {
  const metadata = (name: string) => `metadata: { name: ${name}, namespace: bench }`;
  const broker = `apiVersion: eventing.knative.dev/v1\nkind: Broker\n${metadata("default")}\n`;
  const triggers = filters.map(
    (filter, n) => `---
apiVersion: eventing.knative.dev/v1
kind: Trigger
${metadata(`t${n}`)}
spec: { broker: default, ${filter}, subscriber: { uri: "http://127.0.0.1:${subscriberPort}/" } }
`,
  );
  return broker + triggers.join("");
}

/** Ends when the subscriber has had every copy of what was accepted. */
async function run(
  port: number,
  { store, copies }: Setting,
  connections: number,
  durationMs: number,
) {
  await ask();
  const startedMs = performance.now();
  const path = store === null ? "/" : "/bench/default";
  const status = store === null ? 204 : 202;
  const accepted = await sendEvents({ port, path, type: TYPE, status, connections, durationMs });
  const acceptedSeconds = (performance.now() - startedMs) / 1_000;
  let [count, p50Ms, p99Ms] = [0, Number.NaN, Number.NaN];
  for (;;) {
    const facts = await ask();
    if (facts.count > 0 && facts.count >= count) [p50Ms, p99Ms] = [facts.p50Ms, facts.p99Ms];
    count += facts.count;
    if (count >= accepted * copies) break;
    await delay(20);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  return {
    accepted,
    perSecond: accepted / seconds,
    acceptedPerSecond: accepted / acceptedSeconds,
    p50Ms,
    p99Ms,
  };
}

/** CPU time of a process, of all its threads; NaN where there is no /proc. Ticks are 10 ms on Linux. */
function cpuMicrosOf({ pid }: ChildProcess): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return Number.NaN;
  }
}

async function ask(): Promise<{ count: number; p50Ms: number; p99Ms: number }> {
  const response = await fetch(`http://127.0.0.1:${subscriberPort}/`);
  return (await response.json()) as { count: number; p50Ms: number; p99Ms: number };
}

async function stopGently(child: ChildProcess): Promise<void> {
  const exited = new Promise((done) => child.once("exit", done));
  child.kill("SIGINT");
  await exited;
}

function report(): void {
  const proxy = running.find(({ setting }) => setting.store === null);
  const bare = proxy?.figures.rate ?? [];
  const bareCpu = proxy === undefined ? Number.NaN : median(proxy.figures.cpuMicros);
  process.stdout.write(
    `${" ".repeat(29)}events/s  to proxy  CPU us  to proxy   accepted/s  p50 ms  p99 ms  alone: p50  p99\n`,
  );
  for (const { setting, figures } of running) {
    // The ratio of each round, not of the medians: what slows both down falls out.
    const ratio = median(figures.rate.map((rate, round) => rate / (bare[round] ?? Number.NaN)));
    const cells = [
      Math.round(median(figures.rate)).toLocaleString("en").padStart(8),
      ratio.toFixed(2).padStart(9),
      median(figures.cpuMicros).toFixed(0).padStart(7),
      (median(figures.cpuMicros) / bareCpu).toFixed(2).padStart(9),
      Math.round(median(figures.acceptRate)).toLocaleString("en").padStart(12),
      ...[figures.p50Ms, figures.p99Ms].map((each) => median(each).toFixed(1).padStart(7)),
      ...[figures.aloneMs, figures.aloneP99Ms].map((each) => median(each).toFixed(2).padStart(8)),
    ];
    process.stdout.write(`  ${setting.name.padEnd(27)}${cells.join(" ")}\n`);
  }
}
