import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { startTimeOf } from "./process-identity.ts";
import { endGroup } from "./process-group.ts";

const Identity = z.object({ pid: z.number().int().min(2), startTime: z.string().min(1) });
type Identity = z.infer<typeof Identity>;
const Record = z.object({ owner: Identity, process: Identity, service: z.string() });

/** One file per running child, so that the next start can end what a killed runtime has left. */
export type RunRecords = {
  /**
   * Written once the start time is known; resolves then. Also where nothing can be written: on a full
   * disk, or in a folder that is gone, a function runs all the same, and only who kills the runtime
   * then has to end it by hand.
   */
  add(pid: number, service: string): Promise<void>;
  remove(pid: number): void;
};

/** Keeps the records in `folder`, made when missing. */
export async function createRunRecords(folder: string): Promise<RunRecords> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owner = { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? "unknown" };
  const running = new Set<number>();
  const fileOf = (pid: number) => join(folder, `${pid}.json`);
  return {
    async add(pid, service) {
      running.add(pid);
      const startTime = await startTimeOf(pid);
      // It may have ended, and its record been removed, while we asked.
      if (startTime === null || !running.has(pid)) return;
      const record = { owner, process: { pid, startTime }, service };
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(fileOf(pid), JSON.stringify(record), { mode: 0o600 });
      } catch {
        // See above.
      }
    },
    remove(pid) {
      running.delete(pid);
      try {
        rmSync(fileOf(pid), { force: true });
      } catch {
        // A record that stays names a process that is gone: the next start drops it.
      }
    },
  };
}

/**
 * Ends processes that a runtime which is gone has left behind, and answers their services' names.
 * A process is touched only when pid and start time are those of the record.
 */
export async function endLeftovers(folder: string): Promise<string[]> {
  const ended: string[] = [];
  for (const name of readNames(folder)) {
    const file = join(folder, name);
    const record = readRecord(file);
    if (record !== null && (await isAlive(record.owner))) continue;
    if (record !== null && (await isAlive(record.process))) {
      endGroup(record.process.pid, "SIGKILL");
      ended.push(record.service);
    }
    rmSync(file, { force: true });
  }
  return ended;
}

async function isAlive({ pid, startTime }: Identity): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
}

function readRecord(file: string): z.infer<typeof Record> | null {
  try {
    return Record.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Cut short by a power failure: no process can be named by it.
    return null;
  }
}
