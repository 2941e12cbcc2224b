import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { cpuMilliseconds } from "./cpu-time.ts";
import { freePort, median, spawnContender, stop, untilListening } from "./contender.ts";
import { jobEvent } from "./job-event.ts";
import { measure, toBytes, type Wire } from "./load.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:trace [-- --rounds 7 --seconds 3 --rate 500]`: what a trace costs a function that
 * answers each event with another: none; one that comes in and is passed on; the same, recorded and
 * sent to a receiver (three spans an event). All in each round, one after the other, in turn; the first
 * is there twice, and what its two figures differ by is the machine's.
 */
const { values } = readOptions("npm run bench:trace -- [options]", {
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    /** Events per second where CPU is measured: above it more spans would be dropped than sent. */
    rate: { type: "string", default: "500" },
  },
});
const [rounds, seconds, rate] = [values.rounds, values.seconds, values.rate].map(Number) as [
  number,
  number,
  number,
];
const CONNECTIONS = 32;
const WARM_UP_MS = 2_000;
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

let receivedBytes = 0;
const receiver = createServer((message, response) => {
  message.on("data", (chunk: Buffer) => (receivedBytes += chunk.length));
  message.once("end", () =>
    response.writeHead(200, { "content-type": "application/json" }).end("{}"),
  );
}).listen(0, "127.0.0.1");
await once(receiver, "listening");
const address = receiver.address();
const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;

const plain = jobEvent("binary");
const traced: Wire = { ...plain, headers: { ...plain.headers, "ce-traceparent": TRACEPARENT } };
const ALL: { name: string; event: Wire; env: Record<string, string> }[] = [
  { name: "no trace", event: plain, env: {} },
  { name: "passed on", event: traced, env: {} },
  { name: "no trace, again", event: plain, env: {} },
  { name: "recorded and sent", event: traced, env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } },
];

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
type Running = {
  name: string;
  event: Wire;
  port: number;
  child: ChildProcess;
  full: (durationMs: number) => Promise<number>;
  rates: number[];
  fullCpu: number[];
  cpu: number[];
};
const running: Running[] = [];
for (const { name, event, env } of ALL) {
  const port = await freePort();
  const child = spawnContender(
    { name, script: "vigie-job.ts", env: { LOG_LEVEL: "warn", REPLY: "1", ...env } },
    port,
  );
  await untilListening(port, child);
  const bytes = toBytes(event, port);
  const full = (durationMs: number) =>
    measure({ port, request: bytes, status: 200, connections: CONNECTIONS, durationMs });
  await full(WARM_UP_MS);
  running.push({ name, event, port, child, full, rates: [], fullCpu: [], cpu: [] });
}
try {
  for (let round = 0; round < rounds; round += 1) {
    // Who comes first has the machine that the pause left.
    const order = running.map((_, at) => running[(at + round) % running.length]);
    for (const each of order) {
      if (each === undefined) continue;
      const pid = each.child.pid ?? 0;
      const startedAt = cpuMilliseconds(pid);
      const perSecond = await each.full(seconds * 1_000);
      each.rates.push(perSecond);
      each.fullCpu.push(((cpuMilliseconds(pid) - startedAt) * 1_000) / (perSecond * seconds));
      // What is left to be sent is not the next one's.
      await delay(700);
      const before = cpuMilliseconds(pid);
      const events = await paced(each.port, each.event);
      each.cpu.push(((cpuMilliseconds(pid) - before) * 1_000) / events);
    }
  }
  process.stdout.write(`${rounds} rounds of ${seconds} s, node ${process.version}\n`);
  for (const { name, rates, fullCpu, cpu, child } of running) {
    const cell = (value: number) => Math.round(value).toLocaleString("en").padStart(8);
    process.stdout.write(
      `  ${name.padEnd(20)}${cell(median(rates))} events/s, ${cell(median(fullCpu))} µs CPU an event; ` +
        `at ${rate}/s ${cell(median(cpu))} µs; peak ${peakMegabytes(child.pid ?? 0)} MB\n`,
    );
  }
  process.stdout.write(`  ${(receivedBytes / 1e6).toFixed(1)} MB of spans received\n`);
} finally {
  for (const { child } of running) await stop(child);
  agent.destroy();
  receiver.close();
  receiver.closeAllConnections();
}

/** Sends at an even pace; answers how many were answered. */
async function paced(port: number, { path, headers, body }: Wire): Promise<number> {
  const PAUSE_MS = 10;
  const batch = Math.max(1, Math.round((rate * PAUSE_MS) / 1_000));
  const answers: Promise<unknown>[] = [];
  const endMs = performance.now() + seconds * 1_000;
  while (performance.now() < endMs) {
    for (let each = 0; each < batch; each += 1) {
      const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent });
      answers.push(once(sent, "response").then(([response]) => response.resume()));
      sent.end(body);
    }
    await delay(PAUSE_MS);
  }
  await Promise.all(answers);
  // The last batch of spans.
  await delay(700);
  return answers.length;
}

function peakMegabytes(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return ((Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024) / 1e6).toFixed(0);
}
