import type * as z from "zod/mini";
import { TransientError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { safeParse } from "../parse.ts";
import { entryText } from "./entry-text.ts";
import type { JournalStore } from "./journal-store.ts";
import { mergeRing, type RingRules } from "./ring.ts";

/** The journal as it was at one version; the newest entry is the first. */
type JournalView<E> = { entries: readonly E[]; version: string };

/** A bounded history in one stored text, written by several processes at once. */
export type Journal<E> = {
  /** Whether it outlives the process. */
  readonly isDurable: boolean;
  /**
   * Resolves once the entry is stored, with the entry as it then is (merged with what was known);
   * null when it is older than everything that is kept. Adds that come together are one write.
   * @throws TransientError when the store cannot be written; nothing is promised then.
   */
  add(entry: E): Promise<E | null>;
  /** What the store holds now. Calls that come together are one read. */
  read(): Promise<JournalView<E>>;
  /** Called with the entries that were stored or changed, after they were. Answers how to stop it. */
  onChange(listener: (changed: readonly E[], version: string) => void): () => void;
};

type Waiting<E> = {
  entry: E;
  resolve: (stored: E | null) => void;
  reject: (error: unknown) => void;
};

/** Writers of one journal are few (a Service of scale one, and its next revision): eight tries are plenty. */
const MAX_ATTEMPTS = 8;

/**
 * A write says all of the journal again, so in a storm it is this many times as long at rest as at
 * work, up to a tenth of a second: what comes meanwhile shares the next write.
 */
const REST_RATIO = 9;
const MAX_REST_MS = 100;

/** Opens a journal. Reads nothing yet; `schema` is that of one entry and must not transform. */
export function createJournal<E>(options: {
  store: JournalStore;
  schema: z.ZodMiniType<E>;
  rules: RingRules<E>;
  log: Logger;
  /**
   * How long a write to a durable store waits for others to share it, milliseconds; 0: the first is
   * written at once.
   */
  gatherMs?: number;
}): Journal<E> {
  const { store, schema, rules, log } = options;
  const gatherMs = store.isDurable ? (options.gatherMs ?? 0) : 0;
  const listeners = new Set<(changed: readonly E[], version: string) => void>();
  let known: JournalView<E> | null = null;
  let waiting: Waiting<E>[] = [];
  let writing = false;
  let restUntilMs = 0;
  let reading: Promise<JournalView<E>> | null = null;

  async function load(): Promise<JournalView<E>> {
    const { text, version } = await store.read();
    if (known?.version === version) return known;
    return { version, entries: mergeRing(rules, [], parseEntries(text, schema, log)) };
  }

  async function commit(added: readonly E[]): Promise<JournalView<E>> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (known === null) known = await load();
      const before: JournalView<E> = known;
      const entries = mergeRing(rules, before.entries, added);
      const text = journalText(entries);
      if (text === journalText(before.entries)) return before;
      const stored = await store.write(text, before.version);
      if (stored !== null) {
        known = { entries, version: stored };
        notify(before.entries, known);
        return known;
      }
      known = null;
      await backOff(attempt);
    }
    throw new TransientError("JOURNAL_BUSY", "others kept writing the journal at the same time");
  }

  function notify(before: readonly E[], after: JournalView<E>): void {
    if (listeners.size === 0) return;
    const seen = new Map(before.map((entry) => [rules.keyOf(entry), entryText(entry)]));
    const changed = after.entries.filter(
      (entry) => seen.get(rules.keyOf(entry)) !== entryText(entry),
    );
    if (changed.length > 0) for (const listener of listeners) listener(changed, after.version);
  }

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    // Whatever comes while a write is under way waits for the next one: a group commit.
    while (waiting.length > 0) {
      const restMs = Math.max(gatherMs, restUntilMs - performance.now());
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
      const startedMs = performance.now();
      const batch = waiting;
      waiting = [];
      try {
        const { entries } = await commit(batch.map(({ entry }) => entry));
        const byKey = new Map(entries.map((entry) => [rules.keyOf(entry), entry]));
        for (const { entry, resolve } of batch) resolve(byKey.get(rules.keyOf(entry)) ?? null);
      } catch (error) {
        known = null;
        for (const { reject } of batch) reject(error);
      }
      const endedMs = performance.now();
      restUntilMs = endedMs + Math.min(MAX_REST_MS, REST_RATIO * (endedMs - startedMs));
    }
    writing = false;
  }

  return {
    isDurable: store.isDurable,
    add(entry) {
      return new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject });
        void drain();
      });
    },
    read() {
      const before = known;
      reading ??= load()
        .then((view) => {
          // A write that ended since this read began knows better.
          known = known === null || known === before ? view : known;
          return known;
        })
        .finally(() => (reading = null));
      return reading;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @throws TransientError when the text is no JSON array: it is kept as it is for somebody to look at. */
function parseEntries<E>(text: string | null, schema: z.ZodMiniType<E>, log: Logger): readonly E[] {
  if (text === null || text === "") return [];
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch (cause) {
    throw new TransientError("JOURNAL_UNREADABLE", "the stored journal is not JSON", { cause });
  }
  if (!Array.isArray(items)) {
    throw new TransientError("JOURNAL_UNREADABLE", "the stored journal is not a list");
  }
  const entries: E[] = [];
  for (const item of items) {
    const parsed = safeParse(schema, item);
    if (parsed.success) entries.push(parsed.data);
  }
  if (entries.length < items.length) {
    log.warn({ unreadable: items.length - entries.length }, "journal entries skipped");
  }
  return entries;
}

function journalText(entries: readonly unknown[]): string {
  return `[${entries.map((entry) => entryText(entry)).join()}]`;
}

/** Random, so that two writers which met do not meet again. */
function backOff(attempt: number): Promise<void> {
  const maxMs = Math.min(10 * 2 ** attempt, 500);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * maxMs));
}
