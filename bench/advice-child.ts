import { advise, type Known } from "../functions/resource-patch/usage/advise.ts";
import { parseMatrix } from "../functions/resource-patch/usage/matrix.ts";
import { RECENT_STEP_SECONDS, STAT } from "../functions/resource-patch/usage/queries.ts";
import { SIZING_DEFAULTS } from "../functions/resource-patch/sizing/settings.ts";
import { SLOT_SECONDS } from "../functions/resource-patch/sizing/slot-history.ts";

/** The first advice of a process, and the hundredth: milliseconds, as JSON on standard output. */
const nowSeconds = 1_800_000_000;
const SLOTS = 2304;
const MEBIBYTE = 2 ** 20;

const text = {
  cpu: matrix([
    series("peak", SLOTS, SLOT_SECONDS, (index) => ((index * 977) % 3001) / 10),
    series("mean", SLOTS, SLOT_SECONDS, (index) => ((index * 577) % 2001) / 10),
  ]),
  memory: matrix([
    series("peak", SLOTS, SLOT_SECONDS, (index) => 100 * MEBIBYTE + ((index * 389) % 1000) * 4096),
  ]),
  recent: matrix([
    series("cpu", 60, RECENT_STEP_SECONDS, (index) => 100 + index),
    series("memory", 60, RECENT_STEP_SECONDS, () => 100 * MEBIBYTE),
  ]),
};
const bounds = { min: 10, max: 8000, step: 1 };
const known: Known = {
  sized: [
    {
      name: "app",
      cpuMillis: { request: 500, limit: 1000, bounds },
      memoryBytes: {
        request: 256 * MEBIBYTE,
        limit: 512 * MEBIBYTE,
        bounds: { min: 16 * MEBIBYTE, max: 16_384 * MEBIBYTE, step: MEBIBYTE },
      },
    },
  ],
  settings: SIZING_DEFAULTS.silver,
  changes: [],
  kills: [null],
};

const first = measure();
for (let round = 0; round < 98; round += 1) measure();
const warm = measure();
const bytes = text.cpu.length + text.memory.length + text.recent.length;
process.stdout.write(JSON.stringify({ ...first, warmMs: warm.parseMs + warm.adviseMs, bytes }));

function measure(): { parseMs: number; adviseMs: number } {
  const startedAt = performance.now();
  const answers = {
    cpu: parseMatrix(text.cpu),
    memory: parseMatrix(text.memory),
    recent: parseMatrix(text.recent),
  };
  const parsedAt = performance.now();
  const facts = advise(answers, known, nowSeconds);
  const endedAt = performance.now();
  if (facts?.containers[0]?.cpu?.kind !== "shrink") throw new Error(JSON.stringify(facts));
  return { parseMs: parsedAt - startedAt, adviseMs: endedAt - parsedAt };
}

function series(stat: string, count: number, step: number, at: (index: number) => number) {
  return {
    metric: { container: "app", [STAT]: stat },
    values: Array.from({ length: count }, (_, index) => [
      nowSeconds - (count - 1 - index) * step,
      String(at(index)),
    ]),
  };
}

function matrix(result: readonly ReturnType<typeof series>[]): string {
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result } });
}
