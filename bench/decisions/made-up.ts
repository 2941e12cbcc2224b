import { noiseFactor, seeded } from "./random.ts";
import { DAY_SECONDS, type Trace } from "./trace.ts";

const MEBIBYTE = 2 ** 20;
const HOUR_SECONDS = 3600;
const DAYS = 14;

/** What a workload uses at a moment: cores and mebibytes. */
type Usage = (atSeconds: number) => { cpu: number; mebibytes: number };
type Family = { name: string; traces: readonly Trace[] };

function make(name: string, step: number, usage: Usage, spread: number): Trace {
  const length = (DAYS * DAY_SECONDS) / step;
  const random = seeded(name.length * 7919 + step);
  const all = Array.from({ length }, (_, at) => usage(at * step));
  return {
    name,
    step,
    hasMemory: true,
    cpu: Float64Array.from(all, ({ cpu }) => cpu * noiseFactor(random, spread)),
    mem: Float64Array.from(
      all,
      ({ mebibytes }) => mebibytes * MEBIBYTE * noiseFactor(random, spread / 10),
    ),
  };
}

/** 0 at night, 1 at noon; Saturday and Sunday a third of it. */
function daylight(at: number): number {
  const day = Math.floor(at / DAY_SECONDS) % 7;
  const sun = Math.max(0, Math.sin((2 * Math.PI * (at - 6 * HOUR_SECONDS)) / DAY_SECONDS));
  return day >= 5 ? sun / 3 : sun;
}

/** Memory that grows from a third to the whole in so many hours, and then starts anew. */
const leak =
  (hours: number, mebibytes: number): Usage =>
  (at) => ({
    cpu: 0.3,
    mebibytes: mebibytes * (1 / 3 + (2 / 3) * ((at / HOUR_SECONDS / hours) % 1)),
  });

/** Busy for some minutes in every so many. */
const batch =
  (everyMinutes: number, busyMinutes: number, offsetMinutes = 0): Usage =>
  (at) => {
    const isBusy = (at / 60 + offsetMinutes) % everyMinutes < busyMinutes;
    return { cpu: isBusy ? 2 : 0.1, mebibytes: isBusy ? 900 : 300 };
  };

/** Levels that last for some days each, by a seed. */
function levels(seed: number, hours: number): Usage {
  const random = seeded(seed);
  const each = Array.from(
    { length: Math.ceil((DAYS * 24) / hours) },
    () => 2 ** (4 * random() - 2),
  );
  return (at) => {
    const level = each[Math.floor(at / HOUR_SECONDS / hours)] ?? 1;
    return { cpu: 0.5 * level, mebibytes: 400 + 300 * level };
  };
}

/** Batches at any time of the day: so many a day, of half an hour. */
function atAnyTime(seed: number, aDay: number): Usage {
  const random = seeded(seed);
  const starts = Array.from({ length: DAYS * aDay }, () => random() * DAYS * DAY_SECONDS);
  return (at) => {
    const isBusy = starts.some((start) => at >= start && at < start + HOUR_SECONDS / 2);
    return { cpu: isBusy ? 2 : 0.15, mebibytes: isBusy ? 800 : 350 };
  };
}

const day: Usage = (at) => ({
  cpu: 0.2 + 1.3 * daylight(at),
  mebibytes: 500 + 400 * daylight(at),
});
const shifted =
  (usage: Usage, hours: number): Usage =>
  (at) =>
    usage(at + hours * HOUR_SECONDS);

/** Kinds of usage that the real traces may lack: each is judged for itself. */
export const MADE_UP: readonly Family[] = [
  {
    name: "made up: day and night",
    traces: [
      make("day", 60, day, 0.1),
      make("day-noisy", 60, day, 0.3),
      make("day-from-evening", 300, shifted(day, 19), 0.15),
      make("day-from-friday", 300, shifted(day, 4 * 24), 0.15),
    ],
  },
  {
    name: "made up: steps",
    traces: [1, 2, 3, 4].map((seed) =>
      make(`steps-${seed}`, seed % 2 === 0 ? 60 : 300, levels(seed, 20 + 11 * seed), 0.1),
    ),
  },
  {
    name: "made up: batches on a clock",
    traces: [
      make("nightly", 60, batch(1440, 90, 60), 0.1),
      make("each-6-hours", 300, batch(360, 40), 0.1),
      make("hourly", 60, batch(60, 10), 0.1),
      make("each-2-hours", 300, batch(120, 30), 0.1),
    ],
  },
  {
    name: "made up: batches at any time",
    traces: [2, 4, 8].map((aDay) => make(`any-${aDay}`, 300, atAnyTime(aDay, aDay), 0.1)),
  },
  {
    name: "made up: leaks",
    traces: [6, 20, 36, 100].map((hours) => make(`leak-${hours}h`, 300, leak(hours, 1500), 0.1)),
  },
  {
    name: "made up: steady noise",
    traces: [0.1, 0.25, 0.5].map((spread) =>
      make(`noise-${spread}`, 300, () => ({ cpu: 0.5, mebibytes: 600 }), spread),
    ),
  },
];
