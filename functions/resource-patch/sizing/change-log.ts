const DAY_SECONDS = 86_400;

/** What was changed, and when. */
export type Change = { atSeconds: number; cpu: boolean; memory: boolean };

/** The changes of one workload in the last 24 hours. */
export class ChangeLog {
  #changes: Change[] = [];

  /** Changes come in the order of time. */
  record(change: Change): void {
    this.#changes = this.#changes.filter(
      ({ atSeconds }) => atSeconds > change.atSeconds - DAY_SECONDS,
    );
    this.#changes.push(change);
  }

  countLastDay(nowSeconds: number): number {
    return this.#changes.filter(({ atSeconds }) => atSeconds > nowSeconds - DAY_SECONDS).length;
  }

  /** Those of one resource, with or without the other. */
  countOf(resource: "cpu" | "memory", nowSeconds: number): number {
    return this.#changes.filter(
      (change) => change[resource] && change.atSeconds > nowSeconds - DAY_SECONDS,
    ).length;
  }

  /** Infinite when there was none in the last day. */
  secondsSince(resource: "cpu" | "memory", nowSeconds: number): number {
    const last = this.#changes.findLast((change) => change[resource]);
    return last === undefined ? Number.POSITIVE_INFINITY : nowSeconds - last.atSeconds;
  }
}
