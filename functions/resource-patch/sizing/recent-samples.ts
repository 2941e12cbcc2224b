type Sample = { atSeconds: number; amount: number };

/** More samples than this in the window (one each 5 s) are thinned: the newest win. */
const MAX_SAMPLES = 240;

/** The samples of the last minutes as they came, because five-minute slots blur what is happening now. */
export class RecentSamples {
  readonly #keepSeconds: number;
  #samples: Sample[] = [];

  constructor(keepMinutes: number) {
    this.#keepSeconds = keepMinutes * 60;
  }

  /** Samples come in the order of time; an older one than the last is left out. */
  add(atSeconds: number, amount: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && atSeconds <= last.atSeconds) return;
    this.#samples.push({ atSeconds, amount });
    const oldest = this.#samples[0];
    const isFull = this.#samples.length > MAX_SAMPLES;
    if (isFull || (oldest !== undefined && oldest.atSeconds <= atSeconds - this.#keepSeconds)) {
      this.#samples.shift();
    }
  }

  /** null before the first sample. */
  get latest(): Sample | null {
    return this.#samples.at(-1) ?? null;
  }

  /** The samples that began since `fromSeconds`, oldest first. */
  since(fromSeconds: number): readonly Sample[] {
    return this.#samples.filter(({ atSeconds }) => atSeconds >= fromSeconds);
  }
}
