import type { DatabaseSync } from "node:sqlite";
import { createDisk, type Disk } from "./disk.ts";

/** Lazy writes wait this long for others to share a commit with. Bounds duplicates after a crash. */
const LAZY_MS = 5;
const RETRY_MS = 1_000;

/**
 * Many writes in one transaction, and many transactions in one fsync, which does not hold up the
 * process. Writes run in the order they came.
 */
export type WriteQueue = {
  /**
   * Durable when it resolves. Rejects when it could not be written; it is then not done, or, where
   * only the disk failed, not known to be.
   */
  write(run: () => void): Promise<void>;
  /** Done soon, and again until it succeeds: losing it to a crash only repeats work. */
  writeLazily: (run: () => void) => void;
  /** Commits what is queued, now: reads that follow see it. It need not be durable yet. */
  flush: () => void;
  /** Commits what is queued; those who wait for it have their answer when it resolves. */
  close(): Promise<void>;
};

type Waiter = { resolve: () => void; reject: (error: unknown) => void };
type Write = { run: () => void; waiter: Waiter | null };

export function createWriteQueue(
  database: DatabaseSync,
  disk: Disk = createDisk(database),
): WriteQueue {
  let queue: Write[] = [];
  /** Those whose writes are committed, and may not be on the disk yet. */
  let committed: Waiter[] = [];
  let syncing: Promise<void> | null = null;
  let urgent: NodeJS.Immediate | null = null;
  let lazy: NodeJS.Timeout | null = null;

  function flush(): void {
    if (urgent !== null) clearImmediate(urgent);
    if (lazy !== null) clearTimeout(lazy);
    urgent = null;
    lazy = null;
    if (queue.length === 0) return;
    const writes = queue;
    queue = [];
    try {
      database.exec("BEGIN");
      for (const { run } of writes) run();
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      queue = [...writes.filter(({ waiter }) => waiter === null), ...queue];
      if (queue.length > 0) lazy ??= setTimeout(flush, RETRY_MS);
      for (const { waiter } of writes) waiter?.reject(error);
      return;
    }
    for (const { waiter } of writes) if (waiter !== null) committed.push(waiter);
    if (committed.length > 0) syncing ??= sync();
  }

  /** What came while the disk was busy is committed in one go, and shares the next turn of the disk. */
  async function sync(): Promise<void> {
    while (committed.length > 0) {
      const waiters = committed;
      committed = [];
      try {
        await disk.sync();
        for (const { resolve } of waiters) resolve();
      } catch (error) {
        for (const { reject } of waiters) reject(error);
      }
      if (queue.some(({ waiter }) => waiter !== null)) flush();
    }
    syncing = null;
  }

  return {
    write(run) {
      return new Promise((resolve, reject) => {
        queue.push({ run, waiter: { resolve, reject } });
        if (syncing === null) urgent ??= setImmediate(flush);
      });
    },
    writeLazily(run) {
      queue.push({ run, waiter: null });
      if (urgent === null) lazy ??= setTimeout(flush, LAZY_MS);
    },
    flush,
    async close() {
      flush();
      await syncing;
      await disk.close();
    },
  };
}
