import type { JournalEntry } from "./contract.ts";

/** Of one entry as JSON: some dozens of the largest still fit the journal. */
const MAX_ENTRY_BYTES = 16 * 1024;
/** A decision that is cut cannot be replayed: one about a pod of 20 containers takes 22 kB. */
const MAX_DECISION_BYTES = 32 * 1024;

export function maxEntryBytes({ kind }: Pick<JournalEntry, "kind">): number {
  return kind === "decision" ? MAX_DECISION_BYTES : MAX_ENTRY_BYTES;
}

/** 20 attributes of this length leave most of the entry to the data. */
const MAX_ATTRIBUTE_LENGTH = 256;
const MAX_ATTRIBUTES = 20;

/**
 * The entry within what its kind may take: attributes first, then as much of the data as fits. `cutBytes` says how
 * much of the data is missing; an attribute that was cut ends with "…".
 */
export function fitEntry(entry: JournalEntry): JournalEntry {
  const attributes = Object.entries(entry.attributes)
    .slice(0, MAX_ATTRIBUTES)
    .map(([name, value]) => [name, cutText(value, MAX_ATTRIBUTE_LENGTH)] as const);
  const fitted = {
    ...entry,
    attributes: Object.fromEntries(attributes),
    failure: entry.failure && {
      ...entry.failure,
      destination: entry.failure.destination && cutText(entry.failure.destination, 512),
    },
  };
  // Room for six digits more in `cutBytes`.
  const mostBytes = maxEntryBytes(entry) - 8;
  if (jsonBytes(fitted) <= mostBytes) return fitted;
  const roomBytes = mostBytes - jsonBytes({ ...fitted, data: "" });
  const data = longestPrefix(entry.data, roomBytes);
  return { ...fitted, data, cutBytes: Buffer.byteLength(entry.data.slice(data.length)) };
}

/** JSON may write one character as six bytes, so the length is searched for, not computed. */
function longestPrefix(text: string, maxBytes: number): string {
  let fits = 0;
  let tooLong = Math.min(text.length, maxBytes) + 1;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (jsonBytes(text.slice(0, middle)) - 2 <= maxBytes) fits = middle;
    else tooLong = middle;
  }
  return text.slice(0, fits);
}

function cutText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
