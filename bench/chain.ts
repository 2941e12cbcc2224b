import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RecordedCall } from "../knative/local/cluster/recording.ts";
import { startCluster } from "../knative/local/cluster/start.ts";
import { parseScenario } from "../knative/local/cluster/scenario.ts";
import { median } from "./contender.ts";
import { bookObjects } from "./manifest-objects.ts";
import { startStormRuntime } from "./storm-runtime.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:chain [-- --warm 20 --cold 5 --calls]`: milliseconds from a webhook of one alert
 * being sent to the API server having accepted the resize, by stage, each round with a pod of its
 * own; and the CPU of each process from then to the end of the delivery, which other work on the
 * machine changes less. `--calls`: what the API server was asked meanwhile, and when, in the fastest round.
 */
const { values } = readOptions("npm run bench:chain -- [options]", {
  options: {
    warm: { type: "string", default: "20" },
    cold: { type: "string", default: "5" },
    calls: { type: "boolean", default: false },
  },
});
const [warmRounds, coldRounds] = [Number(values.warm), Number(values.cold)];
const NAMESPACE = "shop";
/** Longer than the functions remember owners, namespaces and autoscalers: every round asks anew. */
const APART_MS = 1_300;
/** The runtime's shortest. */
const WINDOW_SECONDS = "6";
const GIVE_UP_MS = 30_000;

type Delivery = {
  kind: string;
  time: string;
  durationMs: number;
  trigger: string;
  start: string | null;
};
/** A process is ready: `time` is when, `startMs` how long that took from its spawn. */
type Up = { kind: string; state: string; service: string; time: string; startMs: number };
type Timeline = Map<string, number>;
type Round = { at: Timeline; cpu: Timeline; calls: readonly string[] };

const RESIZED = "resize accepted";
const folder = mkdtempSync(join(tmpdir(), "vigie-chain-"));
/** One line of JSON for each call. */
const recording = join(folder, "calls.jsonl");
const deliveries: Delivery[] = [];
const ups: Up[] = [];
const cluster = await startCluster({
  port: 0,
  ...(values.calls ? { record: recording } : {}),
  scenario: parseScenario({
    nodes: [{ name: "node-0", cpu: "200", memory: "200Gi", pods: 1_000 }],
    namespaces: [{ name: NAMESPACE }],
    // One each: a change that does well is carried on to the other replicas of its workload.
    workloads: Array.from({ length: warmRounds + coldRounds + 1 }, (_, index) => ({
      kind: "Deployment",
      namespace: NAMESPACE,
      name: `web-${index}`,
      replicas: 1,
      podLabels: { "vigie.dev/managed": "true" },
      containers: [
        {
          name: "app",
          image: "app:1",
          requests: { cpu: "200m", memory: "64Mi" },
          limits: { cpu: "500m", memory: "128Mi" },
          load: { cpuMillis: 460, memoryBytes: 1_000_000 },
        },
      ],
    })),
  }),
});
cluster.apply(bookObjects(["console", "resource-patch"]));
const runtime = await startStormRuntime(cluster.url, {
  manifests: ["resource-patch"],
  options: ["--window", WINDOW_SECONDS],
  onLine: (line) => {
    const said = JSON.parse(line) as Delivery | Up;
    if ("trigger" in said) deliveries.push(said);
    else if (said.kind === "service" && said.state === "up") ups.push(said);
  },
});
try {
  const names = await podNames();
  const cold: Round[] = [];
  for (let round = 0; round < coldRounds; round += 1) {
    await until(() => runtime.running().length === 0, "every function at zero", 250);
    cold.push(await measure(names.pop()));
  }
  await measure(names.pop());
  const warm: Round[] = [];
  for (let round = 0; round < warmRounds; round += 1) {
    await delay(APART_MS);
    warm.push(await measure(names.pop()));
  }
  process.stdout.write(`node ${process.version}\n${show("warm", warm)}${show("cold", cold)}`);
} finally {
  await runtime.stop();
  await cluster.close();
  rmSync(folder, { recursive: true });
}

async function podNames(): Promise<string[]> {
  const answer = await fetch(`${cluster.url}/api/v1/namespaces/${NAMESPACE}/pods`);
  const { items } = (await answer.json()) as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name);
}

/** Milliseconds since the webhook was sent, by what had happened then. */
async function measure(pod = ""): Promise<Round> {
  deliveries.length = 0;
  ups.length = 0;
  const known = recorded().length;
  const [cpuBefore, ownBefore] = [runtime.cpu(), process.cpuUsage()];
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}`;
  const sentMs = performance.timeOrigin + performance.now();
  const status = await runtime.postAlerts(JSON.stringify(webhook(pod)));
  const answeredMs = performance.timeOrigin + performance.now();
  if (status !== 200) throw new Error(`the webhook was answered ${status}`);
  const writes = () => cluster.requests().filter((one) => one.path.startsWith(path));
  const resized = () => writes().find((one) => one.path === `${path}/resize` && one.code === 200);
  await until(() => resized() !== undefined, `the resize of ${pod}`);
  await until(() => deliveryOf("resource-patch") !== undefined, "the end of the chain");
  const own = process.cpuUsage(ownBefore);
  const cpu = new Map([["bench and cluster", (own.user + own.system) / 1_000]]);
  for (const [name, ms] of runtime.cpu()) cpu.set(name, ms - (cpuBefore.get(name) ?? 0));
  const [labelled, intended] = writes().filter((one) => one.path === path);
  const handled = endOf("alert-handle");
  const decided = endOf("resource-decide");
  const at: [string, number][] = [
    ...upAt("alert-source"),
    ["webhook answered", answeredMs],
    ["alert-handle called", handled.fromMs],
    ...upAt("alert-handle"),
    ["label accepted", labelled?.atMs ?? NaN],
    ["alert-handle replied", handled.toMs],
    ["resource-patch asked to decide", decided.fromMs],
    ...upAt("resource-patch"),
    ["decided", decided.toMs],
    ["asked to carry out", endOf("resource-patch").fromMs],
    ["intent accepted", intended?.atMs ?? NaN],
    [RESIZED, resized()?.atMs ?? NaN],
  ];
  const calls = recorded()
    .slice(known)
    .map(({ time, user, verb, resource, name, httpStatus }) => {
      const ms = (Date.parse(time) - sentMs).toFixed(0).padStart(8);
      return `${ms} ${httpStatus} ${user} ${verb} ${resource} ${name}`;
    });
  return { at: new Map(at.map(([name, ms]) => [name, ms - sentMs])), cpu, calls };
}

/** What the API server was asked so far, in the order of the answers; nothing without `--calls`. */
function recorded(): RecordedCall[] {
  if (!values.calls) return [];
  const lines = readFileSync(recording, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

/** When a function's process was started, and when it was ready; nothing when it ran already. */
function upAt(service: string): [string, number][] {
  const up = ups.find((one) => one.service === service);
  if (up === undefined) return [];
  const readyMs = Date.parse(up.time);
  return [
    [`${service} spawned`, readyMs - up.startMs],
    [`${service} ready`, readyMs],
  ];
}

function deliveryOf(trigger: string): Delivery | undefined {
  return deliveries.find((one) => one.trigger === trigger);
}

function endOf(trigger: string): { fromMs: number; toMs: number } {
  const { time, durationMs } = deliveryOf(trigger) ?? { time: "", durationMs: NaN };
  return { fromMs: Date.parse(time) - durationMs, toMs: Date.parse(time) };
}

async function until(isTrue: () => boolean, name: string, everyMs = 5): Promise<void> {
  const deadlineMs = performance.now() + GIVE_UP_MS;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${name}`);
    await delay(everyMs);
  }
}

function show(name: string, rounds: readonly Round[]): string {
  if (rounds.length === 0) return "";
  const head = `${name}, ${rounds.length} rounds`;
  const table =
    rows(
      `${head}: ms since the webhook was sent`,
      rounds.map(({ at }) => at),
    ) +
    rows(
      `${head}: ms on a CPU`,
      rounds.map(({ cpu }) => cpu),
    );
  if (!values.calls) return table;
  const resizedMs = ({ at }: Round) => at.get(RESIZED) ?? Infinity;
  const [fastest] = rounds.toSorted((one, other) => resizedMs(one) - resizedMs(other));
  return `${table}${(fastest?.calls ?? []).join("\n")}\n`;
}

function rows(head: string, timelines: readonly Timeline[]): string {
  const names = new Set(timelines.flatMap((timeline) => [...timeline.keys()]));
  const lines = [...names].map((each) => {
    const ms = timelines.map((timeline) => timeline.get(each) ?? 0).sort((a, b) => a - b);
    const [p50, best, worst] = [median(ms), ms[0] ?? NaN, ms.at(-1) ?? NaN];
    const rest = `${best.toFixed(0).padStart(6)} ${worst.toFixed(0).padStart(6)}`;
    return `  ${each.padEnd(32)} ${p50.toFixed(0).padStart(6)} ${rest}`;
  });
  return `${head}\n  ${"".padEnd(32)}    p50   best  worst\n${lines.join("\n")}\n`;
}

function webhook(pod: string): object {
  return {
    version: "4",
    status: "firing",
    alerts: [
      {
        status: "firing",
        labels: {
          alertname: "PodLoadHigh",
          load: "high",
          resource: "cpu",
          namespace: NAMESPACE,
          pod,
        },
        annotations: { ratio: "0.9200" },
        startsAt: new Date().toISOString(),
        endsAt: "0001-01-01T00:00:00Z",
      },
    ],
  };
}
