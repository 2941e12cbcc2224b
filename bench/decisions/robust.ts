import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { MADE_UP } from "./made-up.ts";
import { create, type Replay } from "./policy.ts";
import { BOUNDS, type Score, scoreOf } from "./score.ts";
import type { Row, Trace } from "./trace.ts";
import { VARIANTS } from "./variants.ts";

/**
 * `npm run bench:robust -- --replay FILE --dir DIR [--only TEXT] [--reference FILE]`: the promises
 * of the sizing on the traces as they are, and on what can be made of them, one row each. A figure
 * that misses its bound is marked. `--reference` keeps the reference's rows, which take half of the
 * time, for the next run.
 */
type Make = (replay: Replay) => unknown;
type ReplayModule = {
  loadTrace: (file: string) => Trace;
  replay: (trace: Trace, make: Make, options: { cpuLimitRatio: number }) => Row;
  POLICIES: Record<string, Make | undefined>;
  REF: string;
};

/** As good as none: the replay has no other word for it. */
const NO_LIMIT = 1000;
/** The promise of the CPU ratio where no limit throttles. */
const CPU_RATIO_WITHOUT_LIMIT = 0.8;

const { values } = parseArgs({
  options: {
    replay: { type: "string" },
    dir: { type: "string", multiple: true, default: [] },
    only: { type: "string", default: "" },
    reference: { type: "string" },
  },
});
if (values.replay === undefined || !existsSync(values.replay) || values.dir.length === 0) {
  process.stderr.write("give the replay with --replay FILE and the traces with --dir DIR\n");
  process.exit(1);
}
const judge = (await import(pathToFileURL(resolve(values.replay)).href)) as ReplayModule;
const theirs = judge.POLICIES[judge.REF];
if (theirs === undefined) throw new Error(`the replay lacks its own reference ${judge.REF}`);

const known: Record<string, Row[]> =
  values.reference !== undefined && existsSync(values.reference)
    ? JSON.parse(readFileSync(values.reference, "utf8"))
    : {};
const traces = values.dir.flatMap((dir) =>
  readdirSync(dir)
    .filter((file) => file.endsWith(".csv"))
    .toSorted()
    .map((file) => judge.loadTrace(join(dir, file))),
);
const sets = [
  ...VARIANTS.map(({ name, of }) => ({ name, of: () => of(traces) })),
  ...MADE_UP.map(({ name, traces: made }) => ({ name, of: () => [...made] })),
].filter(({ name }) => name.includes(values.only));

const heads = [
  "CPU ratio",
  "worst",
  "without limit",
  "memory ratio",
  "OOM steps / reference's",
  "over request, %",
  "unmet above, points",
  "changes/day",
  "most",
  "worst day",
  "worst CPU; more OOM",
];
process.stdout.write(
  `| traces | ${heads.join(" | ")} |\n|---|${heads.map(() => "---|").join("")}\n`,
);
for (const { name, of } of sets) {
  const some = of();
  const score = scored(name, some, 2);
  const open = scored(name, some, NO_LIMIT);
  process.stdout.write(`| ${name} | ${cells(score, open).join(" | ")} |\n`);
}
if (values.reference !== undefined) writeFileSync(values.reference, JSON.stringify(known));

function scored(name: string, some: readonly Trace[], cpuLimitRatio: number): Score {
  const rows = (make: Make): Row[] =>
    some.map((trace) => {
      // Only for a trace whose steps are looked at one by one.
      const { series: _, ...row } = judge.replay(trace, make, { cpuLimitRatio }) as Row & {
        series?: unknown;
      };
      return row;
    });
  const reference = (known[`${name}, ${cpuLimitRatio}`] ??= rows(theirs as Make));
  return scoreOf(
    rows((each) => create(each)),
    reference,
  );
}

function cells(score: Score, open: Score): string[] {
  const held = (figure: number | null, bound: number, digits: number): string =>
    figure === null ? "" : `${figure.toFixed(digits)}${figure > bound ? " **!**" : ""}`;
  const kills = `${score.oomSteps} / ${score.referenceOomSteps}`;
  return [
    held(score.cpuRatio, BOUNDS.cpuRatio, 3),
    held(score.worstCpuRatio, BOUNDS.worstCpuRatio, 2),
    held(open.cpuRatio, CPU_RATIO_WITHOUT_LIMIT, 2),
    held(score.memoryRatio, BOUNDS.memoryRatio, 3),
    score.oomSteps > score.referenceOomSteps ? `${kills} **!**` : kills,
    held(score.overRequest, BOUNDS.overRequest, 2),
    held(score.unmetAbove, BOUNDS.unmetAbove, 2),
    held(score.changesPerDay, BOUNDS.changesPerDay, 1),
    held(score.mostChangesPerDay, BOUNDS.mostChangesPerDay, 1),
    held(score.worstDay, BOUNDS.worstDay, 0),
    [score.worstTrace, ...score.moreOom].join("; "),
  ];
}
