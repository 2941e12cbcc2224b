/** Usage of one workload, as the replay takes it: a sample each step. */
export type Trace = {
  name: string;
  /** In seconds. */
  step: number;
  /** Cores. */
  cpu: Float64Array;
  /** Bytes; null where memory was not measured. */
  mem: Float64Array | null;
  hasMemory: boolean;
};

/** What the replay says of one trace under one policy; costs and shares in percent. */
export type Row = {
  trace: string;
  costCpu: number;
  /** null without memory. */
  costMem: number | null;
  /** Share of the steps with a usage over the request. */
  overReq: number;
  /** Share of the demand that was over the limit. */
  unmet: number;
  oomSteps: number;
  changesPerDay: number;
  maxChangesDay: number;
};

export const DAY_SECONDS = 86_400;

/** The same trace under another name, from a sample up to, without, another. */
export function cut(trace: Trace, from: number, to = trace.cpu.length): Trace {
  return {
    ...trace,
    cpu: trace.cpu.subarray(from, to),
    mem: trace.mem === null ? null : trace.mem.subarray(from, to),
  };
}

/** Each sample by a function of it and its place. */
export function mapped(
  trace: Trace,
  {
    cpu,
    mem,
  }: { cpu?: (x: number, at: number) => number; mem?: (x: number, at: number) => number },
): Trace {
  return {
    ...trace,
    cpu: cpu === undefined ? trace.cpu : trace.cpu.map(cpu),
    mem: mem === undefined || trace.mem === null ? trace.mem : trace.mem.map(mem),
  };
}
