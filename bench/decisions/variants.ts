import { noiseFactor, seeded } from "./random.ts";
import { cut, DAY_SECONDS, mapped, type Trace } from "./trace.ts";

/** The traces in another form, which a sizing that is not tuned to them has to bear as well. */
export type Variant = { name: string; of: (traces: readonly Trace[]) => Trace[] };

/** The first day is not scored, and one day more says nothing. */
const LEAST_DAYS = 3;
const SHIFT_HOURS = [3, 7, 13, 18.4, 31, 50];
const SCALES = [0.2, 0.5, 2, 5];

const daysOf = ({ cpu, step }: Trace): number => (cpu.length * step) / DAY_SECONDS;
const long = (traces: readonly Trace[]): Trace[] =>
  traces.filter((trace) => daysOf(trace) >= LEAST_DAYS);
const each =
  (change: (trace: Trace, index: number) => Trace): Variant["of"] =>
  (traces) =>
    long(traces.map(change));

const scaled = (cpu: number, mem: number): Variant["of"] =>
  each((trace) => mapped(trace, { cpu: (x) => x * cpu, mem: (x) => x * mem }));

/** The sum of every so many samples over their number; of memory the largest. */
function coarser(trace: Trace, step: number): Trace {
  const every = Math.round(step / trace.step);
  if (every <= 1) return trace;
  const length = Math.floor(trace.cpu.length / every);
  const window = (from: Float64Array, at: number): Float64Array =>
    from.subarray(at * every, (at + 1) * every);
  const { cpu, mem } = trace;
  return {
    ...trace,
    step,
    cpu: Float64Array.from(
      { length },
      (_, at) => window(cpu, at).reduce((sum, x) => sum + x, 0) / every,
    ),
    mem: mem && Float64Array.from({ length }, (_, at) => Math.max(...window(mem, at))),
  };
}

/** Minutes between the samples lie on the line from one to the next. */
function finer(trace: Trace, step: number): Trace {
  const times = Math.round(trace.step / step);
  if (times <= 1) return trace;
  const between = (from: Float64Array): Float64Array =>
    Float64Array.from({ length: (from.length - 1) * times }, (_, at) => {
      const before = from[Math.floor(at / times)] ?? 0;
      const after = from[Math.floor(at / times) + 1] ?? before;
      return before + ((after - before) * (at % times)) / times;
    });
  return { ...trace, step, cpu: between(trace.cpu), mem: trace.mem && between(trace.mem) };
}

/** A trace, and then the next one of the same step, brought to the same mean. */
function joined(traces: readonly Trace[]): Trace[] {
  return traces.flatMap((trace, index) => {
    const next = [...traces.slice(index + 1), ...traces.slice(0, index)].find(
      ({ step, hasMemory }) => step === trace.step && hasMemory === trace.hasMemory,
    );
    return next === undefined ? [] : [join(trace, next)];
  });
}

function join(first: Trace, second: Trace): Trace {
  const half = (of: Trace): Trace => cut(of, 0, Math.floor(of.cpu.length / 2));
  const [a, b] = [half(first), half(second)];
  const together = (x: Float64Array, y: Float64Array): Float64Array =>
    Float64Array.from([...x, ...y.map((value) => (value * mean(x)) / mean(y))]);
  return {
    ...first,
    name: `${first.name}+${second.name}`,
    cpu: together(a.cpu, b.cpu),
    mem: a.mem && b.mem && together(a.mem, b.mem),
  };
}

const mean = (of: Float64Array): number => of.reduce((sum, x) => sum + x, 0) / of.length;

function reversed(trace: Trace): Trace {
  return { ...trace, cpu: trace.cpu.toReversed(), mem: trace.mem && trace.mem.toReversed() };
}

/** Four times the usage, of either resource, in single samples: some three times a day. */
function spiked(trace: Trace, index: number): Trace {
  const random = seeded(index + 1);
  const share = (3 * trace.step) / DAY_SECONDS;
  const spike = (x: number): number => (random() < share ? 4 * x : x);
  return mapped(trace, { cpu: spike, mem: (x) => (random() < share / 10 ? 2 * x : x) });
}

function noisy(spread: number): Variant["of"] {
  return each((trace, index) => {
    const random = seeded(index + 100);
    return mapped(trace, {
      cpu: (x) => x * noiseFactor(random, spread),
      mem: (x) => x * noiseFactor(random, spread / 4),
    });
  });
}

const window = (fromDay: number, toDay: number): Variant["of"] =>
  each((trace) => {
    const perDay = DAY_SECONDS / trace.step;
    return cut(trace, Math.round(fromDay * perDay), Math.round(toDay * perDay));
  });

const part = (from: number, to: number): Variant["of"] =>
  each((trace) =>
    cut(trace, Math.floor(from * trace.cpu.length), Math.floor(to * trace.cpu.length)),
  );

/** In the order of the report: the traces as they are come first. */
export const VARIANTS: readonly Variant[] = [
  { name: "as they are", of: (traces) => [...traces] },
  ...SCALES.map((k) => ({ name: `CPU and memory × ${k}`, of: scaled(k, k) })),
  ...SHIFT_HOURS.map((hours) => ({
    name: `begun ${hours} h later`,
    of: each((trace) => cut(trace, Math.round((hours * 3600) / trace.step))),
  })),
  { name: "first half", of: part(0, 0.5) },
  { name: "second half", of: part(0.5, 1) },
  { name: "days 2 to 9", of: window(2, 9) },
  { name: "days 8 to 15", of: window(8, 15) },
  { name: "days 15 to 30", of: window(15, 30) },
  { name: "noise of 5 %", of: noisy(0.05) },
  { name: "noise of 15 %", of: noisy(0.15) },
  { name: "each 5 minutes", of: each((trace) => coarser(trace, 300)) },
  { name: "each minute", of: each((trace) => finer(trace, 60)) },
  { name: "backwards in time", of: each(reversed) },
  { name: "one after the other", of: joined },
  { name: "spikes added", of: each(spiked) },
];
