import type { DatabaseSync } from "node:sqlite";

/** Lazy writes wait this long for others to share a commit with. Bounds duplicates after a crash. */
const LAZY_MS = 5;
const RETRY_MS = 1_000;

/**
 * Many writes in one transaction, so that they share one fsync. Writes run in the order they came.
 */
export type WriteQueue = {
  /** Durable when it resolves. Rejects when it could not be written; it is then not done. */
  write(run: () => void): Promise<void>;
  /** Done soon, and again until it succeeds: losing it to a crash only repeats work. */
  writeLazily: (run: () => void) => void;
  /** Commits what is queued, now: reads that follow see it. */
  flush: () => void;
};

type Waiter = { resolve: () => void; reject: (error: unknown) => void };
type Write = { run: () => void; waiter: Waiter | null };

export function createWriteQueue(database: DatabaseSync): WriteQueue {
  let queue: Write[] = [];
  let urgent: NodeJS.Immediate | null = null;
  let lazy: NodeJS.Timeout | null = null;
  let isFull = true;

  /** The WAL is synced at a commit only where somebody waits for it. */
  function setSynchronous(full: boolean): void {
    if (full === isFull) return;
    database.exec(`PRAGMA synchronous = ${full ? "FULL" : "NORMAL"}`);
    isFull = full;
  }

  function flush(): void {
    if (urgent !== null) clearImmediate(urgent);
    if (lazy !== null) clearTimeout(lazy);
    urgent = null;
    lazy = null;
    if (queue.length === 0) return;
    const writes = queue;
    queue = [];
    try {
      setSynchronous(writes.some(({ waiter }) => waiter !== null));
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
    for (const { waiter } of writes) waiter?.resolve();
  }

  return {
    write(run) {
      return new Promise((resolve, reject) => {
        queue.push({ run, waiter: { resolve, reject } });
        urgent ??= setImmediate(flush);
      });
    },
    writeLazily(run) {
      queue.push({ run, waiter: null });
      if (urgent === null) lazy ??= setTimeout(flush, LAZY_MS);
    },
    flush,
  };
}
