import { ItemSplitter } from "./item-splitter.ts";

/** A list of which only a part of each item is kept. */
export type PickedList = {
  push(chunk: Buffer): void;
  /** What is around the items, and what was picked of each. */
  end(): { body: Buffer; items: unknown[] };
};

/**
 * Up to here a list is parsed as a whole: to look for its items byte by byte costs a process that
 * has just started five times as much. Beyond, one item is in memory at a time.
 */
const MAX_WHOLE_BYTES = 512 * 1024;

/** What `pick` throws, and an item that is no JSON, is thrown by `push` or `end`. */
export function createPickedList(pick: (item: unknown) => unknown): PickedList {
  const items: unknown[] = [];
  const held: Buffer[] = [];
  let heldBytes = 0;
  let splitter: ItemSplitter | null = null;
  const split = (bytes: Buffer): void => {
    items.push(pick(JSON.parse(bytes.toString("utf8"))));
  };
  return {
    push(chunk) {
      if (splitter !== null) return splitter.push(chunk);
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes <= MAX_WHOLE_BYTES) return;
      splitter = new ItemSplitter(split);
      for (const each of held.splice(0)) splitter.push(each);
    },
    end() {
      if (splitter !== null) return { body: splitter.rest(), items };
      const body = Buffer.concat(held);
      const list = parsed(body);
      if (!Array.isArray(list?.items)) return { body, items };
      const around = Buffer.from(JSON.stringify({ ...list, items: [] }));
      return { body: around, items: list.items.map((item: unknown) => pick(item)) };
    },
  };
}

/** null for what is no object of JSON: whoever reads the body says so. */
function parsed(body: Buffer): { items?: unknown } | null {
  try {
    const list: unknown = JSON.parse(body.toString("utf8"));
    return typeof list === "object" ? list : null;
  } catch {
    return null;
  }
}
