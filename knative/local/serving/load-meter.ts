/** Knative's granularity (`S:pkg/autoscaler/aggregation/bucketing.go`); finer for a short window. */
const BUCKET_MS = 1_000;
const BUCKETS_AT_LEAST = 10;

/** Load over a window that ends now. */
export type Average = { concurrency: number; requestsPerSecond: number };

/** Counts requests over time, in buckets that slide. Times are milliseconds of one clock. */
export type LoadMeter = {
  readonly requests: number;
  enter(nowMs: number): void;
  leave(nowMs: number): void;
  /** Over `windowMs`, or since the first request when that is less. At most the meter's window. */
  average(windowMs: number, nowMs: number): Average;
  /** Since the last request left; 0 while one is in, Infinity when there was none. */
  idleMs(nowMs: number): number;
};

type Bucket = { index: number; requestMs: number; arrivals: number };

export function createLoadMeter(windowMs: number): LoadMeter {
  const bucketMs = Math.min(BUCKET_MS, windowMs / BUCKETS_AT_LEAST);
  let buckets: Bucket[] = [];
  let requests = 0;
  let seenMs = 0;
  let firstMs: number | null = null;
  let leftMs: number | null = null;

  function bucketAt(timeMs: number): Bucket {
    const index = Math.floor(timeMs / bucketMs);
    const last = buckets.at(-1);
    if (last?.index === index) return last;
    const bucket = { index, requestMs: 0, arrivals: 0 };
    buckets.push(bucket);
    if (buckets.length > 2 * Math.ceil(windowMs / bucketMs)) prune(timeMs);
    return bucket;
  }

  function prune(nowMs: number): void {
    buckets = buckets.filter(({ index }) => (index + 1) * bucketMs > nowMs - windowMs);
  }

  /** Books the requests that were in since the last call; a machine that slept books one window. */
  function advance(nowMs: number): void {
    let atMs = Math.max(seenMs, nowMs - windowMs);
    seenMs = Math.max(seenMs, nowMs);
    while (requests > 0 && atMs < nowMs) {
      const bucket = bucketAt(atMs);
      // One bucket on at least: a border that is no whole number must not hold us up.
      const untilMs = Math.min(nowMs, Math.max((bucket.index + 1) * bucketMs, atMs + 1e-3));
      bucket.requestMs += requests * (untilMs - atMs);
      atMs = untilMs;
    }
  }

  return {
    get requests() {
      return requests;
    },
    enter(nowMs) {
      advance(nowMs);
      if (leftMs !== null && requests === 0 && nowMs - leftMs >= windowMs) firstMs = null;
      firstMs ??= nowMs;
      requests += 1;
      bucketAt(nowMs).arrivals += 1;
    },
    leave(nowMs) {
      advance(nowMs);
      requests -= 1;
      if (requests === 0) leftMs = nowMs;
    },
    average(overMs, nowMs) {
      advance(nowMs);
      if (firstMs === null) return { concurrency: 0, requestsPerSecond: 0 };
      const spanMs = Math.max(1, Math.min(overMs, nowMs - firstMs));
      let requestMs = 0;
      let arrivals = 0;
      const fromMs = nowMs - spanMs;
      for (const bucket of buckets) {
        const untilMs = (bucket.index + 1) * bucketMs;
        if (untilMs <= fromMs) continue;
        // Of the bucket that the window cuts, its part; what began within it counts whole.
        const isCut = firstMs < fromMs && untilMs - bucketMs < fromMs;
        const share = isCut ? (untilMs - fromMs) / bucketMs : 1;
        requestMs += share * bucket.requestMs;
        arrivals += share * bucket.arrivals;
      }
      // One request a millisecond ago is no thousand a second.
      const spanSeconds = Math.max(spanMs, bucketMs) / 1_000;
      return { concurrency: requestMs / spanMs, requestsPerSecond: arrivals / spanSeconds };
    },
    idleMs(nowMs) {
      if (requests > 0) return 0;
      return leftMs === null ? Infinity : nowMs - leftMs;
    },
  };
}
