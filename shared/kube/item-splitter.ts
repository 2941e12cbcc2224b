const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Where the items of a list are: members of the array that is itself a member of the outermost object. */
const ITEM_DEPTH = 2;

/**
 * Takes a list object of Kubernetes apart while it arrives, so that one item is in memory at a time
 * and not the whole page: `onItem` gets the bytes of each member of `items`, in order. It looks at
 * nesting and quotes only; whether it is JSON at all, `JSON.parse` says of the pieces.
 */
export class ItemSplitter {
  readonly #onItem: (bytes: Buffer) => void;
  /** What is around the items, which leave an empty array behind. */
  readonly #rest: Buffer[] = [];
  /** The beginning of an item whose end has not arrived. */
  readonly #item: Buffer[] = [];
  #depth = 0;
  #isInItems = false;
  #isInString = false;
  #isEscaped = false;

  constructor(onItem: (bytes: Buffer) => void) {
    this.#onItem = onItem;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.#depth += 1;
        if (byte === OPEN_ARRAY && this.#depth === ITEM_DEPTH) {
          this.#isInItems = true;
          this.#rest.push(chunk.subarray(start, index + 1));
          start = index + 1;
        } else if (this.#isInItems && this.#depth === ITEM_DEPTH + 1) {
          start = index;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth -= 1;
        if (!this.#isInItems) continue;
        if (this.#depth === ITEM_DEPTH) {
          this.#end(chunk.subarray(start, index + 1));
          start = index + 1;
        } else if (this.#depth < ITEM_DEPTH) {
          this.#isInItems = false;
          start = index;
        }
      }
    }
    const left = chunk.subarray(start);
    if (!this.#isInItems) this.#rest.push(left);
    else if (this.#depth > ITEM_DEPTH) this.#item.push(left);
  }

  /** The list without its items. */
  rest(): Buffer {
    return Buffer.concat(this.#rest);
  }

  #end(last: Buffer): void {
    if (this.#item.length === 0) return this.#onItem(last);
    this.#onItem(Buffer.concat([...this.#item.splice(0), last]));
  }
}
