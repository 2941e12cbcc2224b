const UNIT_MS = {
  Y: 365.2425 * 86_400_000,
  M: (365.2425 / 12) * 86_400_000,
  W: 7 * 86_400_000,
  D: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
};
const NUMBER = "(\\d+(?:[.,]\\d+)?)";
const ISO = new RegExp(
  `^P(?!$)(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?(?:T(?!$)(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`,
);

/**
 * An ISO-8601 duration in milliseconds, with the precision Knative has: one decimal place,
 * truncated, so that PT0.25S is 200 and PT0.05S is 0. Null when it is none; Go's `200ms` is none.
 * `E:vendor/github.com/rickb777/date/period/parse.go`
 */
export function isoDurationMs(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const units = Object.values(UNIT_MS);
  return Math.round(
    match.slice(1).reduce((total, part, index) => {
      if (part === undefined) return total;
      const tenths = Math.trunc(
        Number(/^\d+([.,]\d)?/.exec(part)?.[0].replace(",", ".")) * 10 + 1e-6,
      );
      return total + (tenths / 10) * (units[index] ?? 0);
    }, 0),
  );
}

const GO_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: UNIT_MS.s,
  m: UNIT_MS.m,
  h: UNIT_MS.h,
};
const GO_AMOUNT = /(\d+\.?\d*|\.\d+)([nuµμm]s|s|m|h)/g;
const GO = new RegExp(`^(?<sign>[-+]?)(0|(?<amounts>(${GO_AMOUNT.source})+))$`);

/** A Go duration (`1m30s`, `500ms`) in milliseconds; null when it is none. */
export function goDurationMs(text: string): number | null {
  const match = GO.exec(text);
  if (match === null) return null;
  const { sign, amounts = "0s" } = match.groups ?? {};
  let total = 0;
  for (const [, amount, unit] of amounts.matchAll(GO_AMOUNT)) {
    total += Number(amount) * (GO_UNIT_MS[unit ?? ""] ?? 0);
  }
  return sign === "-" ? -total : total;
}
