import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Raised with every change of the tables. */
const VERSION = 1;

const TABLES = `
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY,
  broker TEXT NOT NULL,
  ttl INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  headers TEXT NOT NULL,
  data BLOB
) STRICT;
CREATE TABLE IF NOT EXISTS triggers (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
  trigger INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (trigger, due_at, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead_letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  broker TEXT NOT NULL,
  trigger TEXT NOT NULL,
  subscriber TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  ttl INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  headers TEXT NOT NULL,
  data BLOB,
  sink TEXT
) STRICT;
PRAGMA user_version = ${VERSION};
`;

/** SQLITE_CORRUPT and SQLITE_NOTADB, https://sqlite.org/rescode.html: it is no store, or is broken. */
const BROKEN: ReadonlySet<unknown> = new Set([11, 26]);

/** The store cannot be opened. It is left as it is: it may hold accepted events. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/**
 * Opens the database of a broker in a folder, or one in memory for null. One process has it at a
 * time. Commits are not synced: see `createDisk`.
 * @throws StoreError when another process has it, a newer version has written it, or it is broken.
 */
export function openDatabase(folder: string | null): DatabaseSync {
  try {
    if (folder !== null) mkdirSync(folder, { recursive: true, mode: 0o700 });
    return open(folder === null ? ":memory:" : join(folder, "broker.sqlite"));
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    const advice = BROKEN.has(errcode) ? "; move that folder away to start with an empty one" : "";
    const why = message.includes("locked") ? "in use by another process" : message;
    throw new StoreError(`the store in ${folder} cannot be opened: ${why}${advice}`, {
      cause: error,
    });
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0;");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY;");
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
      user_version: number;
    };
    if (version > VERSION) throw new Error("a newer version has written it");
    database.exec(TABLES);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
