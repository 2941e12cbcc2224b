/** Bounds of a request, and the step that people can read: 1 cpuMillis or 1 MiB. */
export type Bounds = { min: number; max: number; step: number };

/** Rounded up to a whole step, then kept within the bounds. */
export function withinBounds(amount: number, { min, max, step }: Bounds): number {
  // Twelve digits: 0.1 + 0.2 must not round up to the next step.
  const rounded = Math.ceil(Number((amount / step).toPrecision(12))) * step;
  return Math.min(Math.max(rounded, min), max);
}
