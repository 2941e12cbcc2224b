import type { DatabaseSync } from "node:sqlite";
import type { CloudEvent } from "../cloud-event.ts";
import type { Passage } from "../engine.ts";
import type { Route } from "../route.ts";
import { type EventRow, fromRow, toRow } from "./event-text.ts";

/** The most that are kept; the oldest go first. */
const MAX_DEAD_LETTERS = 10_000;

type DeadLetterSummary = {
  id: number;
  time: Date;
  /** `namespace/name`. */
  broker: string;
  trigger: string;
  subscriber: string;
  /** The last answer; "error" when none came. */
  status: string;
  reason: string;
  attempts: number;
  eventId: string;
  eventType: string;
  /** Whether the dead-letter sink took it; null when there is none, or not yet. */
  sink: "delivered" | "failed" | null;
};

export type DeadLetter = DeadLetterSummary & {
  brokerKey: string;
  triggerKey: string;
  ttl: number;
  /** As it arrived, without the extensions that say why it failed. */
  event: CloudEvent;
  headers: [string, string][];
};

type NewDeadLetter = {
  route: Pick<Route, "key" | "brokerKey" | "subscriber">;
  passage: Passage;
  status: number | "error";
  reason: string;
  attempts: number;
  now: number;
};

/** Events that could not be delivered, to look at and to send again. */
export type DeadLetters = {
  /** Gives its id. */
  add(letter: NewDeadLetter): number;
  setSink(id: number, sink: "delivered" | "failed"): void;
  get(id: number): DeadLetter | null;
  /** The newest first. */
  list(limit: number): DeadLetterSummary[];
  count(): number;
  remove(id: number): void;
  close(): void;
};

type Row = EventRow & {
  id: number;
  time: number;
  broker: string;
  trigger: string;
  subscriber: string;
  status: string;
  reason: string;
  attempts: number;
  ttl: number;
  sink: "delivered" | "failed" | null;
};

/** `flush` is called before reads; `write` takes what must happen in order with other writes. */
export function createDeadLetters(
  database: DatabaseSync,
  write: (run: () => void) => void = (run) => run(),
  flush: () => void = () => {},
): DeadLetters {
  const insert = database.prepare(
    `INSERT INTO dead_letters
       (id, time, broker, trigger, subscriber, status, reason, attempts, ttl, attributes, headers, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const trim = database.prepare("DELETE FROM dead_letters WHERE id <= ?");
  const sinkOf = database.prepare("UPDATE dead_letters SET sink = ? WHERE id = ?");
  const one = database.prepare("SELECT * FROM dead_letters WHERE id = ?");
  const newest = database.prepare("SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?");
  const all = database.prepare("SELECT count(*) AS letters FROM dead_letters");
  const drop = database.prepare("DELETE FROM dead_letters WHERE id = ?");
  const last = database
    .prepare("SELECT seq FROM sqlite_sequence WHERE name = 'dead_letters'")
    .get() as { seq: number } | undefined;
  let nextId = (last?.seq ?? 0) + 1;

  return {
    add({ route, passage, status, reason, attempts, now }) {
      const id = nextId++;
      const { attributes, headers, data } = toRow(passage.event, passage.headers);
      write(() => {
        const { key, brokerKey, subscriber } = route;
        const why = [subscriber.name, String(status), reason, attempts, passage.ttl] as const;
        insert.run(id, now, brokerKey, key, ...why, attributes, headers, data);
        trim.run(id - MAX_DEAD_LETTERS);
      });
      return id;
    },
    setSink: (id, sink) => write(() => sinkOf.run(sink, id)),
    get(id) {
      flush();
      const row = one.get(id) as Row | undefined;
      if (row === undefined) return null;
      const { broker: brokerKey, trigger: triggerKey, ttl } = row;
      return { ...summary(row), brokerKey, triggerKey, ttl, ...fromRow(row) };
    },
    list(limit) {
      flush();
      return (newest.all(limit) as Row[]).map(summary);
    },
    count() {
      flush();
      return (all.get() as { letters: number }).letters;
    },
    remove: (id) => write(() => drop.run(id)),
    close() {
      flush();
      database.close();
    },
  };
}

function summary(row: Row): DeadLetterSummary {
  const { id, time, broker, trigger, subscriber, status, reason, attempts, sink } = row;
  const { attributes } = fromRow(row).event;
  return {
    id,
    time: new Date(time),
    broker,
    trigger,
    subscriber,
    status,
    reason,
    attempts,
    eventId: attributes.get("id") ?? "",
    eventType: attributes.get("type") ?? "",
    sink,
  };
}
