import type { ChildProcess } from "node:child_process";
import {
  assertPeers,
  type Contender,
  freePort,
  median,
  spawnContender,
  stop,
  untilListening,
} from "./contender.ts";
import { jobEvent } from "./job-event.ts";
import { measure, toBytes } from "./load.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:serve [-- --starts 5 --rounds 3 --seconds 1 --warm-up 3 --only bare,vigie]`: events per second,
 * all contenders in each round one after the other, so that a slow minute of the machine hits all
 * alike; and each started several times, for two processes of the same code differ by 5 %.
 */
const { values } = readOptions("npm run bench:serve -- [options]", {
  options: {
    starts: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    "warm-up": { type: "string", default: "3" },
    only: { type: "string" },
  },
});
const ALL: (Contender & { isForeign?: boolean })[] = [
  { name: "bare node:http + zod", script: "peers/bare-job.cjs" },
  { name: "vigie serve.ts", script: "vigie-job.ts", env: { LOG_LEVEL: "warn" } },
  { name: "vigie serve.ts, logging", script: "vigie-job.ts", env: { LOG_LEVEL: "info" } },
  { name: "express + SDK", script: "peers/express-sdk.cjs", isForeign: true },
  { name: "functions-framework", script: "peers/functions-framework.cjs", isForeign: true },
  { name: "faas-js-runtime", script: "peers/faas-js-runtime.cjs", isForeign: true },
];
const MODES = [
  { name: "binary → 204", event: jobEvent("binary"), reply: false },
  { name: "structured → 204", event: jobEvent("structured"), reply: false },
  { name: "binary → reply", event: jobEvent("binary"), reply: true },
];
/** As many as the field's own benches use; more only adds queueing. */
const CONNECTIONS = 32;
/** The optimizing compiler is still at work in the first seconds. */
const warmUpMs = Number(values["warm-up"]) * 1000;

const words = values.only?.split(",");
const contenders = ALL.filter(({ name }) => words?.some((word) => name.includes(word)) ?? true);
if (contenders.some(({ isForeign }) => isForeign)) assertPeers();
const durationMs = Number(values.seconds) * 1000;
process.stdout.write(
  `${contenders.length} contenders, ${values.starts} starts of ${values.rounds} rounds, node ${process.version}\n`,
);

type Running = { contender: Contender; child: ChildProcess; run: (ms: number) => Promise<number> };

for (const mode of MODES) {
  const rates = new Map<Contender, number[]>();
  for (let start = 0; start < Number(values.starts); start += 1) {
    const running: Running[] = [];
    try {
      for (const contender of contenders) running.push(await startWarm(contender, mode));
      for (let round = 0; round < Number(values.rounds); round += 1) {
        for (const { contender, run } of running) {
          rates.set(contender, [...(rates.get(contender) ?? []), await run(durationMs)]);
        }
      }
    } finally {
      for (const { child } of running) await stop(child);
    }
  }
  process.stdout.write(`\n${mode.name}\n`);
  const bare = rates.get(contenders[0] as Contender) ?? [];
  for (const [{ name }, each] of rates) {
    // The ratio of each round, not of the medians: what slows both down falls out.
    const ratio = median(each.map((rate, round) => rate / (bare[round] ?? Number.NaN)));
    const perSecond = Math.round(median(each)).toLocaleString("en");
    process.stdout.write(
      `  ${name.padEnd(26)}${perSecond.padStart(9)} events/s${ratio.toFixed(2).padStart(8)}\n`,
    );
  }
}

async function startWarm(contender: Contender, mode: (typeof MODES)[number]): Promise<Running> {
  const port = await freePort();
  const env = { ...contender.env, REPLY: mode.reply ? "1" : "0" };
  const child = spawnContender({ ...contender, env }, port);
  try {
    await untilListening(port, child);
    const request = toBytes(mode.event, port);
    // faas-js-runtime and express say 200 with the reply; functions-framework 204 without.
    const status = mode.reply ? 200 : 204;
    const run = (ms: number) =>
      measure({ port, request, status, connections: CONNECTIONS, durationMs: ms });
    await run(warmUpMs);
    return { contender, child, run };
  } catch (error) {
    await stop(child);
    throw error;
  }
}
