/** Prometheus scrapes each 15 to 60 s: a slot has a handful of samples, a day 288 slots. */
export const SLOT_SECONDS = 300;
export const SLOTS_PER_DAY = 86_400 / SLOT_SECONDS;

/** A week to see each weekday once, and the day on which we stand. */
export const HISTORY_DAYS = 8;
const CAPACITY = HISTORY_DAYS * SLOTS_PER_DAY;

/** The slot that a moment falls into, counted from 1970. */
export function slotAt(seconds: number): number {
  return Math.floor(seconds / SLOT_SECONDS);
}

/**
 * Usage of one resource in slots of five minutes, each with its mean and its peak, of the last
 * eight days: 75 kB however often it is sampled. Samples may come with gaps and out of order; what
 * is older than eight days is left out.
 */
export class SlotHistory {
  readonly #slots = new Int32Array(CAPACITY).fill(-1);
  readonly #counts = new Uint32Array(CAPACITY);
  readonly #means = new Float64Array(CAPACITY);
  readonly #peaks = new Float64Array(CAPACITY);
  readonly #window = new Float64Array(CAPACITY);

  /** `amount` is in any unit, the same each time. */
  add(seconds: number, amount: number): void {
    const slot = slotAt(seconds);
    const at = slot % CAPACITY;
    const there = this.#slots[at] ?? -1;
    if (there > slot) return;
    if (there < slot) {
      this.#slots[at] = slot;
      this.#counts[at] = 0;
      this.#means[at] = 0;
      this.#peaks[at] = 0;
    }
    const count = (this.#counts[at] ?? 0) + 1;
    const mean = this.#means[at] ?? 0;
    this.#counts[at] = count;
    this.#means[at] = mean + (amount - mean) / count;
    if (amount > (this.#peaks[at] ?? 0)) this.#peaks[at] = amount;
  }

  /**
   * Takes a slot that ends at a moment as somebody else summed it up, its peak first. What is no
   * amount (NaN, infinite, negative) is a gap.
   */
  putPeak(endSeconds: number, peak: number): void {
    if (!(peak >= 0 && peak < Infinity)) return;
    const slot = slotAt(endSeconds) - 1;
    const at = slot % CAPACITY;
    this.#slots[at] = slot;
    this.#counts[at] = 1;
    this.#means[at] = peak;
    this.#peaks[at] = peak;
  }

  /** The mean of such a slot. Without a peak it stands for it. */
  putMean(endSeconds: number, mean: number): void {
    const slot = slotAt(endSeconds) - 1;
    const at = slot % CAPACITY;
    if (this.#slots[at] !== slot) return this.putPeak(endSeconds, mean);
    if (mean >= 0 && mean < Infinity) this.#means[at] = mean;
  }

  /** How many slots have a sample, from slot `from` up to, without, slot `to`. */
  filled(from: number, to: number): number {
    let count = 0;
    for (let slot = from; slot < to; slot += 1) {
      if (this.#slots[slot % CAPACITY] === slot) count += 1;
    }
    return count;
  }

  /** The largest peak from slot `from` up to, without, slot `to`. 0 when nothing was seen. */
  peak(from: number, to: number): number {
    let largest = 0;
    for (let slot = from; slot < to; slot += 1) {
      const at = slot % CAPACITY;
      if (this.#slots[at] !== slot) continue;
      const peak = this.#peaks[at] ?? 0;
      if (peak > largest) largest = peak;
    }
    return largest;
  }

  /** The mean over the slots that have samples. null when none has. */
  mean(from: number, to: number): number | null {
    let sum = 0;
    let count = 0;
    for (let slot = from; slot < to; slot += 1) {
      const at = slot % CAPACITY;
      if (this.#slots[at] !== slot) continue;
      sum += this.#means[at] ?? 0;
      count += 1;
    }
    return count === 0 ? null : sum / count;
  }

  /**
   * The peaks of several windows together, each from its first slot up to, without, its last.
   * Valid until the next call.
   */
  peaks(windows: readonly (readonly [number, number])[]): Float64Array {
    let count = 0;
    for (const [from, to] of windows) {
      for (let slot = from; slot < to && count < CAPACITY; slot += 1) {
        const at = slot % CAPACITY;
        if (this.#slots[at] !== slot) continue;
        this.#window[count] = this.#peaks[at] ?? 0;
        count += 1;
      }
    }
    return this.#window.subarray(0, count);
  }
}
