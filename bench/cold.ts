import { existsSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { join, relative, resolve } from "node:path";
import { cpuMilliseconds } from "./cpu-time.ts";
import { coldFunctions, type ColdFunction } from "./cold-functions.ts";
import {
  assertPeers,
  freePort,
  median,
  spawnContender,
  stop,
  untilListening,
} from "./contender.ts";
import { jobEvent } from "./job-event.ts";
import type { Wire } from "./load.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:cold [-- --rounds 15 --only number,bare]`: milliseconds from spawn to the first
 * event answered, every function of dist/ and the peers in each round, one after the other; and the
 * CPU that it took, which other work on the machine changes less. `--against DIR` has the functions
 * of another dist/ beside them, `--traced` the same with a receiver of traces that does not answer.
 */
const { values } = readOptions("npm run bench:cold -- [options]", {
  options: {
    rounds: { type: "string", default: "15" },
    only: { type: "string" },
    against: { type: "string" },
    traced: { type: "boolean" },
  },
});
const dist = join(import.meta.dirname, "..", "dist");
const functions = await coldFunctions();
const missing = functions.entries.filter(({ step }) => !existsSync(join(dist, `${step}.cjs`)));
if (missing.length > 0) {
  process.stderr.write(`not built: ${missing.map(({ step }) => step).join(", ")}: npm run build\n`);
  process.exit(1);
}

/** Nobody listens there: what is recorded goes nowhere. */
const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };

type Cold = { ms: number; cpuMs: number };
type Run = {
  name: string;
  script: string;
  env: Record<string, string>;
  event: () => Wire;
  isForeign?: boolean;
};
const peer = (name: string, file: string): Run => ({
  name,
  script: `peers/${file}.cjs`,
  env: {},
  event: () => jobEvent("binary"),
});
const BARE = peer("bare node:http", "bare");
const all: Run[] = [
  BARE,
  peer("bare node:http + zod", "bare-job"),
  ...functions.entries.flatMap(runsOf),
  { ...peer("express + SDK", "express-sdk"), isForeign: true },
  { ...peer("functions-framework", "functions-framework"), isForeign: true },
  { ...peer("faas-js-runtime", "faas-js-runtime"), isForeign: true },
];
const words = values.only?.split(",");
const runs = all.filter(({ name }) => words?.some((word) => name.includes(word)) ?? true);
if (!runs.includes(BARE)) runs.unshift(BARE);
if (runs.some(({ isForeign }) => isForeign)) assertPeers();

function runsOf({ step, talksToKube, env, event }: ColdFunction): Run[] {
  const name = `${step}${talksToKube ? " (Kubernetes)" : ""}`;
  const script = join("..", "dist", `${step}.cjs`);
  const run = { name, script, env, event };
  const { against, traced = false } = values;
  const other = against === undefined ? [] : [relative(import.meta.dirname, resolve(against))];
  return [
    run,
    ...other.map((folder) => ({
      ...run,
      name: `${step}, ${against}`,
      script: join(folder, `${step}.cjs`),
    })),
    ...(traced ? [{ ...run, name: `${step}, traced`, env: { ...env, ...TRACED } }] : []),
  ];
}

const times = new Map<Run, Cold[]>(runs.map((run) => [run, []]));
try {
  for (let round = -1; round < Number(values.rounds); round += 1) {
    for (const run of runs) {
      const cold = await coldStart(run);
      // The first round fills the page cache for everybody.
      if (round >= 0) times.get(run)?.push(cold);
    }
  }
} finally {
  await functions.close();
}
const bare = median((times.get(BARE) ?? []).map(({ ms }) => ms));
process.stdout.write(
  `spawn → first event answered, median of ${values.rounds}, node ${process.version}\n`,
);
for (const [{ name }, each] of times) {
  const ms = median(each.map((cold) => cold.ms));
  const cpu = median(each.map((cold) => cold.cpuMs));
  process.stdout.write(
    `  ${name.padEnd(30)}${ms.toFixed(1).padStart(8)} ms${(ms / bare).toFixed(2).padStart(8)}${cpu.toFixed(1).padStart(8)} ms CPU\n`,
  );
}

async function coldStart({ name, script, env, event }: Run): Promise<Cold> {
  const port = await freePort();
  const wire = event();
  const startedAt = performance.now();
  const child = spawnContender({ name, script, env }, port);
  try {
    await untilListening(port, child);
    const { status, body } = await post(port, wire);
    const ms = performance.now() - startedAt;
    const cpuMs = cpuMilliseconds(child.pid ?? 0);
    if (status < 200 || status > 299) throw new Error(`${name} answered ${status}: ${body}`);
    return { ms, cpuMs };
  } finally {
    await stop(child);
  }
}

function post(
  port: number,
  { path, headers, body }: Wire,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const target = { host: "127.0.0.1", port, path, method: "POST", headers, agent: false };
    const request = requestHttp(target, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.once("error", reject).end(body);
  });
}
