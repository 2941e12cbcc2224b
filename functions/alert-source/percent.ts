/** What an alert says of its load: a percent, or why there is none. */
export type Reading = { percent: number; note?: undefined } | { percent: null; note: string };

type Texts = Readonly<Record<string, string>>;

/**
 * Where rules put `{{ $value }}`, the plainest name first. Only `ratio` is a fraction of 1: a bare
 * "0.92" elsewhere may well be 0.92 %, and a guess would turn an idle pod into a busy one.
 */
const ANNOTATIONS = ["percent", "ratio", "cpu_usage", "memory_usage", "value"] as const;

/** Go prints float64 with an exponent from 1e21 on, and templates with %g from 1e-5 down. */
const NUMBER = /^(\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?) ?(%?)$/i;

/** Reads the load from the annotations, then from the label `value`. Nonsense is passed over. */
export function readPercent(labels: Texts, annotations: Texts): Reading {
  const notes: string[] = [];
  const candidates = [
    ...ANNOTATIONS.map((name) => ({ name, where: "annotation", text: own(annotations, name) })),
    { name: "value", where: "label", text: own(labels, "value") },
  ];
  for (const { name, where, text } of candidates) {
    if (text === undefined) continue;
    const percent = parsePercent(text, name === "ratio");
    if (percent !== null) return { percent };
    notes.push(`${where} ${name}: ${JSON.stringify(text.slice(0, 40))} is no percent`);
  }
  if (notes.length > 0) return { percent: null, note: notes.join("; ") };
  return { percent: null, note: `none of ${ANNOTATIONS.join(", ")} is given` };
}

/** "92", "92 %", "92.5%"; with `isRatio` also "0.92". null when it is not a number from 0 up. */
export function parsePercent(text: string, isRatio: boolean): number | null {
  const match = NUMBER.exec(text.trim());
  if (match === null) return null;
  const value = Number(match[1]) * (isRatio && match[2] === "" ? 100 : 1);
  // Four decimals: what 0.9213 × 100 leaves behind is no measurement.
  const percent = Math.round(value * 10_000) / 10_000;
  return Number.isFinite(percent) ? percent : null;
}

function own(texts: Texts, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}
