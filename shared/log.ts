import { writeSync } from "node:fs";

/** The part of a pino logger that functions use: fields first, then a constant of one or two words. */
export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** False spares the caller making lines of `info` that nobody writes. Absent: they are written. */
  readonly isInfoEnabled?: boolean;
};

/** A logger that writes its first lines by itself. */
export type ProcessLogger = Logger & {
  /** Writes what is held back, and everything from then on through pino. */
  flush(): Promise<void>;
};

type Level = "debug" | "info" | "warn" | "error";
type Line = { level: Level; atMs: number; fields: object; message: string };

/** What a level is worth, as pino counts; "trace" and "fatal" only limit. */
const WORTH = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** Without a line for so long, a function that was started by an event has most likely done with it. */
const IDLE_MS = 250;
/** One that never falls silent loads pino no later. */
const MAX_TALK_MS = 1_000;

/**
 * JSON lines on stdout: level, ISO time, name, the fields, msg. pino takes 10 ms to load, so it is
 * loaded on an error, when there was no line for 250 ms, and after a second; not after the first
 * answer: a second event that follows from it would wait for that. Until then lines are written
 * without it, in the same shape, at the end of the turn of the event loop that made them: `kill -9`
 * loses no more than it would of pino, but for those 10 ms after an error. None is lost when the
 * process exits, by a call, a signal that is handled, or an uncaught exception.
 */
export function createLogger(name: string, level: string): ProcessLogger {
  const least = WORTH[level as keyof typeof WORTH] ?? WORTH.info;
  const held: Line[] = [];
  let write: ((line: Line) => void) | undefined;
  let loading: Promise<void> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let firstAtMs = 0;

  const writeHeld = (): void => {
    const text = held.map((line) => plain(name, line)).join("");
    held.length = 0;
    writeAll(text);
  };
  const load = async (): Promise<void> => {
    clearTimeout(idle);
    const loaded = await loadPino(name, level);
    for (const line of held) loaded(line);
    held.length = 0;
    write = loaded;
  };
  const flush = (): Promise<void> => (loading ??= load());
  // Too late to load anything.
  process.once("exit", writeHeld);

  const log = (lineLevel: Level, fields: object, message: string): void => {
    if (WORTH[lineLevel] < least) return;
    const line = { level: lineLevel, atMs: Date.now(), fields, message };
    if (write !== undefined) {
      write(line);
      return;
    }
    held.push(line);
    if (loading !== undefined) return;
    const nowMs = performance.now();
    if (idle === undefined) firstAtMs = nowMs;
    if (lineLevel === "error" || hasError(fields) || nowMs - firstAtMs >= MAX_TALK_MS) {
      void flush();
      return;
    }
    // The answer goes first: it is sent in this turn. Lines around an error are pino's, with it.
    if (held.length === 1) {
      setImmediate(() => {
        if (loading === undefined) writeHeld();
      });
    }
    if (idle === undefined) idle = setTimeout(() => void flush(), IDLE_MS).unref();
    else idle.refresh();
  };
  return {
    debug: (fields, message) => log("debug", fields, message),
    info: (fields, message) => log("info", fields, message),
    warn: (fields, message) => log("warn", fields, message),
    error: (fields, message) => log("error", fields, message),
    isInfoEnabled: WORTH.info >= least,
    flush,
  };
}

/** Of an error pino writes its causes and its own fields, too. */
function hasError(fields: object): boolean {
  return Object.values(fields).some((value) => value instanceof Error);
}

async function loadPino(name: string, level: string): Promise<(line: Line) => void> {
  const { pino } = await import("pino");
  let atMs = 0;
  let isoMs = -1;
  let iso = "";
  const timestamp = (): string => {
    if (atMs !== isoMs) {
      isoMs = atMs;
      iso = `,"time":"${new Date(atMs).toISOString()}"`;
    }
    return iso;
  };
  // One write for all the lines of a turn of the event loop, and none held back at the end. Not
  // pino's own destination: its flushSync calls fsync each time.
  let pending = "";
  let isScheduled = false;
  const writeOut = (): void => {
    isScheduled = false;
    const text = pending;
    pending = "";
    writeAll(text);
  };
  process.once("exit", writeOut);
  const stdout = {
    write(line: string) {
      pending += escapeControls(line);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(writeOut);
    },
  };
  const logger = pino(
    {
      level,
      base: { name },
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
    },
    stdout,
  );
  return (line) => {
    atMs = line.atMs;
    logger[line.level](line.fields, line.message);
  };
}

/** How long to wait for a reader that lags behind before looking again. */
const FULL_PIPE_MS = 2;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Waits for the reader of a full pipe: a function that outruns its log slows down, and loses nothing. */
function writeAll(text: string): void {
  let rest: Buffer = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EAGAIN") Atomics.wait(sleeper, 0, 0, FULL_PIPE_MS);
      // Nobody reads any more: as with any program at the head of a pipe, there is no one to tell.
      else if (code === "EPIPE") return;
      else throw error;
    }
  }
}

/** What JSON leaves as it is and terminals or line readers obey; strings are the only place for it. */
const CONTROLS = /[\u007f-\u009f\u2028\u2029]/;
const EACH_CONTROL = /[\u007f-\u009f\u2028\u2029]/g;

function escapeControls(line: string): string {
  if (!CONTROLS.test(line)) return line;
  return line.replaceAll(
    EACH_CONTROL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function plain(name: string, { level, atMs, fields, message }: Line): string {
  const time = new Date(atMs).toISOString();
  const json = JSON.stringify({ level, time, name, ...fields, msg: message }, (_key, value) =>
    value instanceof Error
      ? { type: value.name, message: value.message, stack: value.stack }
      : value,
  );
  return `${escapeControls(json)}\n`;
}
