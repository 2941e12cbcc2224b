import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./contender.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:advice [-- --rounds 15]`: what the first advice of a process costs, from the text of
 * Prometheus' answers (8 days, CPU and memory) to the sizes; each round is a process of its own.
 */
type Round = { parseMs: number; adviseMs: number; warmMs: number; bytes: number };

const { values } = readOptions("npm run bench:advice -- [options]", {
  options: { rounds: { type: "string", default: "15" } },
});
const child = join(import.meta.dirname, "advice-child.ts");
const rounds = Array.from(
  { length: Number(values.rounds) },
  () => JSON.parse(execFileSync(process.execPath, [child], { encoding: "utf8" })) as Round,
);

const say = (name: string, of: (round: Round) => number): string => {
  const all = rounds.map((round) => of(round));
  return `${name.padEnd(28)} fastest ${Math.min(...all).toFixed(1)} ms, median ${median(all).toFixed(1)} ms\n`;
};
process.stdout.write(
  `${rounds[0]?.bytes ?? 0} bytes of answers, ${rounds.length} processes\n` +
    say("first: JSON", ({ parseMs }) => parseMs) +
    say("first: history and sizes", ({ adviseMs }) => adviseMs) +
    say("first: both", ({ parseMs, adviseMs }) => parseMs + adviseMs) +
    say("hundredth: both", ({ warmMs }) => warmMs),
);
