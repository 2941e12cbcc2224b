const texts = new WeakMap<object, string>();

/**
 * The entry as JSON, made once: a journal is written again with every new entry. Entries are never
 * changed, only replaced.
 */
export function entryText(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) return JSON.stringify(entry);
  let text = texts.get(entry);
  if (text === undefined) {
    text = JSON.stringify(entry);
    texts.set(entry, text);
  }
  return text;
}
