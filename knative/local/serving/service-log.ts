import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { type ShownLine, shownLine } from "./shown-line.ts";

/** One file and its predecessor: at most about twice this per service. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Lines that come together go to the file together: in a storm there are thousands a second. */
const GATHER_MS = 20;

export type ServiceLog = {
  /** Answers what of the line belongs on the terminal, or null. */
  write(from: "stdout" | "stderr", line: string): ShownLine | null;
  close(): Promise<void>;
};

/** Keeps what a service prints in `file` (0600), which is made when missing and continued when not. */
export function createServiceLog(file: string): ServiceLog {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let stream: WriteStream | null = null;
  const open = () => {
    const opened = createWriteStream(file, { flags: "a", mode: 0o600 });
    // A full disk must not end the runtime: the lines are still shown, and the next ones try again.
    opened.on("error", () => {
      if (stream === opened) stream = null;
    });
    return opened;
  };
  let gathered = "";
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (gathered === "") return;
    stream ??= open();
    stream.write(gathered);
    gathered = "";
  };
  return {
    write(from, line) {
      if (sizeBytes > MAX_FILE_BYTES) {
        flush();
        stream?.end();
        stream = null;
        sizeBytes = 0;
        try {
          renameSync(file, `${file}.1`);
        } catch {
          // It was never written, or somebody has removed it.
        }
      }
      gathered += `${line}\n`;
      timer ??= setTimeout(flush, GATHER_MS);
      sizeBytes += Buffer.byteLength(line) + 1;
      return shownLine(from, line);
    },
    close: () =>
      new Promise((done) => {
        flush();
        if (stream === null || stream.destroyed) done();
        else stream.end(() => done());
      }),
  };
}
