import { type FileHandle, open } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";

/** Where a database's commits become durable. */
export type Disk = {
  /** What was committed before the call survives a power cut once it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

/**
 * The write-ahead log of a database with `synchronous = NORMAL`: SQLite then syncs the log before a
 * checkpoint and leaves the moments between to us (sqlite.org/wal.html, "Performance
 * Considerations"). Its own fsync at each commit would hold up the whole process. One in memory has
 * nothing to sync. Opening the log takes no lock away from SQLite: those are on the database's file.
 */
export function createDisk(database: DatabaseSync): Disk {
  const path = database.location();
  if (path === null) return { sync: () => Promise.resolve(), close: () => Promise.resolve() };
  let log: Promise<FileHandle> | null = null;
  return {
    async sync() {
      // Opened after a commit, so it is there; SQLite keeps the same file until it closes.
      log ??= open(`${path}-wal`, "r+");
      try {
        await (await log).datasync();
      } catch (error) {
        void log.then((file) => file.close()).catch(() => undefined);
        log = null;
        throw error;
      }
    },
    async close() {
      await log?.then((file) => file.close()).catch(() => undefined);
      log = null;
    },
  };
}
