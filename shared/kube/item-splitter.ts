const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Where the items of a list are: members of the array that is itself a member of the outermost object. */
const ITEM_DEPTH = 2;
/** Where the arrays of an item's metadata are open. */
const METADATA_ARRAY_DEPTH = ITEM_DEPTH + 3;

/** As API servers write it, without spaces. */
const MANAGED_FIELDS = Buffer.from('"managedFields":');

/**
 * Takes a list object of Kubernetes apart while it arrives, so that one item is in memory at a time
 * and not the whole page: `onItem` gets the bytes of each member of `items`, in order. They are good
 * until it returns. It looks at nesting and quotes only; whether it is JSON at all, `JSON.parse` says
 * of the pieces.
 *
 * Who manages which field is half of an item's metadata and of interest to nobody here: mostly its
 * array is empty in what `onItem` gets, which makes half the garbage. Where the name came in two
 * chunks it is left as it is.
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
  #isSkipping = false;

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
        } else if (
          byte === OPEN_ARRAY &&
          this.#isInItems &&
          this.#depth === METADATA_ARRAY_DEPTH &&
          isManagedFields(chunk, index)
        ) {
          this.#item.push(chunk.subarray(start, index + 1));
          this.#isSkipping = true;
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
        } else if (this.#isSkipping && this.#depth === METADATA_ARRAY_DEPTH - 1) {
          this.#isSkipping = false;
          start = index;
        }
      }
    }
    const left = chunk.subarray(start);
    if (!this.#isInItems) this.#rest.push(left);
    else if (this.#depth > ITEM_DEPTH && !this.#isSkipping) this.#item.push(left);
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

/** Whether the array that opens at `index` has this name; the byte before makes it a whole one. */
function isManagedFields(chunk: Buffer, index: number): boolean {
  const start = index - MANAGED_FIELDS.length;
  if (start < 1) return false;
  const before = chunk[start - 1];
  if (before !== COMMA && before !== OPEN_OBJECT) return false;
  return MANAGED_FIELDS.compare(chunk, start, index) === 0;
}
