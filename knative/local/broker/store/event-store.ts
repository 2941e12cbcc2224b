import type { DatabaseSync } from "node:sqlite";
import { type CloudEvent, sizeBytes } from "../cloud-event.ts";
import type { Passage } from "../engine.ts";
import type { Place } from "../key-order.ts";
import { type EventRow, fromRow, toRow } from "./event-text.ts";
import type { WriteQueue } from "./write-queue.ts";

/** What a row costs beside its text, roughly: keys, page slack, index. */
const OVERHEAD_BYTES = 512;
/** The most that one refill brings into memory. */
const REFILL_BYTES = 16 * 2 ** 20;

type Stage = "subscriber" | "dead-letter-sink";

/** One event for one trigger, not delivered yet. */
export type Item = {
  seq: number;
  dueAt: number;
  /** Made at this stage so far. */
  attempts: number;
  stage: Stage;
  /** For the dead-letter sink: why, as text the engine understands. */
  error: string | null;
  passage: Passage;
  bytes: number;
};

/** Events on disk until each of their triggers is done with them. */
export type EventStore = {
  /** Null when the store is full. Durable when `committed` resolves. */
  add(
    passage: Passage,
    triggerKeys: readonly string[],
    now: number,
  ): { item: Item; committed: Promise<void> } | null;
  finish(triggerKey: string, item: Item): void;
  postpone(
    triggerKey: string,
    item: Item,
    next: Pick<Item, "dueAt" | "attempts" | "stage" | "error">,
  ): void;
  /** Due at `now`, the oldest first, without those that `isKnown` says. */
  due(triggerKey: string, now: number, limit: number, isKnown: (seq: number) => boolean): Item[];
  /** One of them; null when it is not there. */
  get(triggerKey: string, place: Place): Item | null;
  /** All that are not done, the oldest first. */
  all(triggerKey: string): Iterable<{ place: Place; event: CloudEvent }>;
  /** When the next one falls due after `now`; null when there is none. */
  nextDue(triggerKey: string, now: number): number | null;
  /** Triggers with pending events. */
  triggersPending(): string[];
  /** Deliveries that are not done. */
  pending(): number;
  usedBytes(): number;
};

type DeliveryRow = EventRow & {
  seq: number;
  due_at: number;
  attempts: number;
  stage: number;
  error: string | null;
  broker: string;
  ttl: number;
};

export function createEventStore(
  database: DatabaseSync,
  queue: WriteQueue,
  maxBytes: number,
): EventStore {
  const insertEvent = database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
  const dropEvent = database.prepare("DELETE FROM events WHERE seq = ?");
  const insertDelivery = database.prepare("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?)");
  const dropDelivery = database.prepare(
    "DELETE FROM deliveries WHERE trigger = ? AND due_at = ? AND seq = ?",
  );
  const select = `
    SELECT d.seq, d.due_at, d.attempts, d.stage, d.error, e.broker, e.ttl, e.attributes, e.headers, e.data
    FROM deliveries d JOIN events e USING (seq) WHERE d.trigger = ?`;
  const selectDue = database.prepare(`${select} AND d.due_at <= ? ORDER BY d.due_at, d.seq`);
  const selectOne = database.prepare(`${select} AND d.due_at = ? AND d.seq = ?`);
  const selectAll = database.prepare(`${select} ORDER BY d.seq`);
  const selectNext = database.prepare(
    "SELECT min(due_at) AS due FROM deliveries WHERE trigger = ? AND due_at > ?",
  );

  const ids = new Map<string, number>();
  const triggerRows = database.prepare("SELECT id, key FROM triggers").all();
  for (const { id, key } of triggerRows as { id: number; key: string }[]) ids.set(key, id);
  const insertTrigger = database.prepare("INSERT INTO triggers (key) VALUES (?)");
  const selectTrigger = database.prepare("SELECT id FROM triggers WHERE key = ?");
  const idOf = (key: string): number => {
    let id = ids.get(key);
    if (id === undefined) {
      id = Number(insertTrigger.run(key).lastInsertRowid);
      ids.set(key, id);
    }
    return id;
  };
  /** A transaction that is rolled back takes the ids of its new triggers with it, and no others. */
  const readIdAgain = (key: string): void => {
    const row = selectTrigger.get(key);
    if (row === undefined) ids.delete(key);
    else ids.set(key, Number(row["id"]));
  };

  database.exec("DELETE FROM events WHERE seq NOT IN (SELECT seq FROM deliveries)");
  const alive = new Map<number, { left: number; bytes: number }>();
  let used = 0;
  let pending = 0;
  const rows = database
    .prepare(
      `SELECT e.seq AS seq, count(*) AS copies,
         length(attributes) + length(headers) + ifnull(length(data), 0) AS bytes
       FROM events e JOIN deliveries d USING (seq) GROUP BY e.seq`,
    )
    .all() as { seq: number; copies: number; bytes: number }[];
  let nextSeq = 1;
  for (const { seq, copies, bytes } of rows) {
    alive.set(seq, { left: copies, bytes: bytes + OVERHEAD_BYTES * (copies + 1) });
    used += bytes + OVERHEAD_BYTES * (copies + 1);
    pending += copies;
    nextSeq = Math.max(nextSeq, seq + 1);
  }

  function forget(seq: number, copies: number): boolean {
    const entry = alive.get(seq);
    pending -= copies;
    if (entry === undefined) return false;
    entry.left -= copies;
    if (entry.left > 0) return false;
    alive.delete(seq);
    used -= entry.bytes;
    return true;
  }

  return {
    add(passage, triggerKeys, now) {
      const { event, headers, ttl, brokerKey } = passage;
      const copies = triggerKeys.length;
      const bytes = sizeBytes(event) + OVERHEAD_BYTES * (copies + 1);
      if (used + bytes > maxBytes) return null;
      const seq = nextSeq++;
      alive.set(seq, { left: copies, bytes });
      used += bytes;
      pending += copies;
      const committed = queue
        .write(() => {
          const row = toRow(event, headers);
          insertEvent.run(seq, brokerKey, ttl, row.attributes, row.headers, row.data);
          for (const key of triggerKeys) insertDelivery.run(idOf(key), now, seq, 0, 0, null);
        })
        .catch((error: unknown) => {
          for (const key of triggerKeys) readIdAgain(key);
          forget(seq, copies);
          // Where only the disk failed the rows are there, and whoever sent them will do it again.
          queue.writeLazily(() => {
            for (const key of triggerKeys) dropDelivery.run(idOf(key), now, seq);
            dropEvent.run(seq);
          });
          throw error;
        });
      const item: Item = {
        seq,
        dueAt: now,
        attempts: 0,
        stage: "subscriber",
        error: null,
        passage,
        bytes,
      };
      return { item, committed };
    },
    finish(triggerKey, { seq, dueAt }) {
      const isLast = forget(seq, 1);
      queue.writeLazily(() => {
        dropDelivery.run(idOf(triggerKey), dueAt, seq);
        if (isLast) dropEvent.run(seq);
      });
    },
    postpone(triggerKey, { seq, dueAt }, next) {
      queue.writeLazily(() => {
        const id = idOf(triggerKey);
        dropDelivery.run(id, dueAt, seq);
        const stage = next.stage === "subscriber" ? 0 : 1;
        insertDelivery.run(id, next.dueAt, seq, next.attempts, stage, next.error);
      });
    },
    due(triggerKey, now, limit, isKnown) {
      queue.flush();
      // Nothing was ever kept for it. To give it an id here would be a write to disk for each.
      const id = ids.get(triggerKey);
      if (id === undefined) return [];
      const items: Item[] = [];
      let bytes = 0;
      for (const row of selectDue.iterate(id, now)) {
        const { seq } = row as unknown as DeliveryRow;
        if (isKnown(seq)) continue;
        const item = toItem(row as unknown as DeliveryRow);
        items.push(item);
        bytes += item.bytes;
        if (items.length >= limit || bytes >= REFILL_BYTES) break;
      }
      return items;
    },
    get(triggerKey, { seq, dueAt }) {
      queue.flush();
      const row = selectOne.get(idOf(triggerKey), dueAt, seq);
      return row === undefined ? null : toItem(row as unknown as DeliveryRow);
    },
    *all(triggerKey) {
      queue.flush();
      for (const row of selectAll.iterate(idOf(triggerKey))) {
        const { seq, dueAt, passage } = toItem(row as unknown as DeliveryRow);
        yield { place: { seq, dueAt }, event: passage.event };
      }
    },
    nextDue(triggerKey, now) {
      queue.flush();
      const id = ids.get(triggerKey);
      return id === undefined ? null : (selectNext.get(id, now) as { due: number | null }).due;
    },
    triggersPending() {
      queue.flush();
      return database
        .prepare("SELECT DISTINCT key FROM triggers JOIN deliveries ON trigger = id")
        .all()
        .map((row) => (row as { key: string }).key);
    },
    pending: () => pending,
    usedBytes: () => used,
  };
}

function toItem(row: DeliveryRow): Item {
  const { seq, due_at: dueAt, attempts, stage, error, broker: brokerKey, ttl } = row;
  const { event, headers } = fromRow(row);
  return {
    seq,
    dueAt,
    attempts,
    stage: stage === 0 ? "subscriber" : "dead-letter-sink",
    error,
    passage: { brokerKey, event, ttl, headers },
    bytes: sizeBytes(event) + OVERHEAD_BYTES,
  };
}
