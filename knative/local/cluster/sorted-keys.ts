/** After every character of a name. */
const LAST = "\u{ffff}";

/** Keys in byte order, so that a page can start right after any key, present or gone. */
export class SortedKeys {
  #keys: string[] = [];

  /** Index of the first key that is not before `key`. */
  indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(key: string): void {
    const last = this.#keys.at(-1);
    if (last === undefined || last < key) this.#keys.push(key);
    else this.#keys.splice(this.indexOf(key), 0, key);
  }

  remove(key: string): void {
    const index = this.indexOf(key);
    if (this.#keys[index] === key) this.#keys.splice(index, 1);
  }

  /** Keys that start with `prefix` and come after `after`, in order. */
  *after(prefix: string, after: string | null): Generator<string> {
    let index = this.#startOf(prefix, after);
    for (let key = this.#keys[index]; key?.startsWith(prefix) === true; key = this.#keys[index]) {
      yield key;
      index += 1;
    }
  }

  /** How many `after` gives, without going through them. */
  countAfter(prefix: string, after: string | null): number {
    const end = prefix === "" ? this.#keys.length : this.indexOf(`${prefix}${LAST}`);
    return Math.max(0, end - this.#startOf(prefix, after));
  }

  #startOf(prefix: string, after: string | null): number {
    const index = this.indexOf(after === null || after < prefix ? prefix : after);
    return after !== null && this.#keys[index] === after ? index + 1 : index;
  }
}
