/** Values of an instrument's labels. Only from small sets that the code itself names. */
type Labels = Readonly<Record<string, string>>;

type Definition = {
  /** `vigie_<noun>_<unit>`, a counter's with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
};

/** Something that is counted or measured: plain numbers, until somebody asks for them. */
export type Instrument = Definition & {
  readonly type: "counter" | "gauge" | "histogram";
  /** As Prometheus reads it: of a histogram its `_bucket`s, `_sum` and `_count`. */
  samples(): Sample[];
};

type Sample = { metricName: string; labels: Record<string, string | number>; value: number };

/** Numbers only ever rise. A process that starts begins at 0, and a function starts often. */
export type Counter = Instrument & { add(labels: Labels, count?: number): void };
/** The last value counts. */
export type Gauge = Instrument & { set(value: number): void };
export type Histogram = Instrument & { observe(labels: Labels, value: number): void };

/** A guard for the day when a label's set turns out not to be small: the rest is one series. */
const MAX_SERIES = 200;
const OTHER = "other";

export function createCounter(definition: Definition): Counter {
  const series = createSeries(definition, () => ({ count: 0 }));
  return {
    ...definition,
    type: "counter",
    add(labels, count = 1) {
      if (count > 0) series.of(labels).count += count;
    },
    samples: () =>
      series.all().map(([labels, { count }]) => ({
        metricName: definition.name,
        labels,
        value: count,
      })),
  };
}

/** Says nothing until it was set. */
export function createGauge(definition: Omit<Definition, "labelNames">): Gauge {
  let last: number | null = null;
  return {
    ...definition,
    labelNames: [],
    type: "gauge",
    set(value) {
      last = value;
    },
    samples: () =>
      last === null ? [] : [{ metricName: definition.name, labels: {}, value: last }],
  };
}

/** `buckets`: upper bounds, rising. */
export function createHistogram(
  definition: Definition & { readonly buckets: readonly number[] },
): Histogram {
  const { name, buckets } = definition;
  const series = createSeries(definition, () => ({
    counts: Array.from({ length: buckets.length }, () => 0),
    sum: 0,
    count: 0,
  }));
  return {
    ...definition,
    type: "histogram",
    observe(labels, value) {
      const one = series.of(labels);
      one.sum += value;
      one.count += 1;
      let bucket = 0;
      while (value > (buckets[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
      if (bucket < buckets.length) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1;
    },
    samples: () =>
      series.all().flatMap(([labels, { counts, sum, count }]) => {
        let cumulated = 0;
        const below = buckets.map((le, index) => {
          cumulated += counts[index] ?? 0;
          return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: cumulated };
        });
        return [
          ...below,
          { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
          { metricName: `${name}_sum`, labels, value: sum },
          { metricName: `${name}_count`, labels, value: count },
        ];
      }),
  };
}

type Series<T> = { labels: Record<string, string>; value: T };
/** A label's values, each with those of the next label, the last with the series. */
type Branch<T> = Map<string, Branch<T> | Series<T>>;

/** One for each set of values. Every event looks for some: no key is put together for it. */
function createSeries<T>({ labelNames }: Definition, create: () => T) {
  const parents = labelNames.slice(0, -1);
  const leaf = labelNames.at(-1);
  const root: Branch<T> = new Map();
  const known: Series<T>[] = [];
  const rest = create();
  const add = (labels: Labels): Series<T> => {
    const own = Object.fromEntries(labelNames.map((name) => [name, labels[name] ?? OTHER]));
    const series = { labels: own, value: create() };
    known.push(series);
    return series;
  };
  return {
    of(labels: Labels): T {
      let branch = root;
      for (const name of parents) {
        const value = labels[name] ?? OTHER;
        let below = branch.get(value) as Branch<T> | undefined;
        if (below === undefined) {
          if (known.length >= MAX_SERIES) return rest;
          branch.set(value, (below = new Map()));
        }
        branch = below;
      }
      const value = leaf === undefined ? "" : (labels[leaf] ?? OTHER);
      let series = branch.get(value) as Series<T> | undefined;
      if (series === undefined) {
        if (known.length >= MAX_SERIES) return rest;
        branch.set(value, (series = add(labels)));
      }
      return series.value;
    },
    all(): [Record<string, string>, T][] {
      const all = known.map(({ labels, value }): [Record<string, string>, T] => [labels, value]);
      if (known.length < MAX_SERIES) return all;
      return [...all, [Object.fromEntries(labelNames.map((name) => [name, OTHER])), rest]];
    },
  };
}
