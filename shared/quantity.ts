import { PermanentError } from "./errors.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY =
  /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;

/** What nearly all quantities look like; they are read four times as fast as in general. */
const PLAIN = /^(\d{1,9})(m|Ki|Mi|Gi)?$/;
const PLAIN_CPU_MILLIS: ReadonlyMap<string, number> = new Map([
  ["", 1000],
  ["m", 1],
]);
const PLAIN_BYTES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["Ki", 1024],
  ["Mi", 1024 ** 2],
  ["Gi", 1024 ** 3],
]);

/** Longer than any number that Kubernetes writes; bounds the work for what we are sent. */
const MAX_LENGTH = 64;
const MAX_EXPONENT = 30;

const DECIMAL_EXPONENTS = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

/**
 * CPU in thousandths of a core ("2" is 2000, "250m" is 250). A fraction of one is rounded away from
 * zero, as Kubernetes does.
 * @throws PermanentError INVALID_QUANTITY for what is no quantity, or too large to count exactly.
 */
export function parseCpuMillis(quantity: string | number): number {
  return parsePlain(quantity, PLAIN_CPU_MILLIS) ?? parse(quantity, 1000n);
}

/**
 * Memory in bytes ("1Ki" is 1024). A fraction of one is rounded away from zero, as Kubernetes does.
 * @throws PermanentError INVALID_QUANTITY for what is no quantity, or too large to count exactly.
 */
export function parseMemoryBytes(quantity: string | number): number {
  return parsePlain(quantity, PLAIN_BYTES) ?? parse(quantity, 1n);
}

/** The way Kubernetes writes it: 250 is "250m", 2000 is "2". */
export function formatCpuMillis(cpuMillis: number): string {
  return cpuMillis % 1000 === 0 ? String(cpuMillis / 1000) : `${cpuMillis}m`;
}

/** With the largest binary suffix that keeps it whole: 134217728 is "128Mi", 1000 is "1000". */
export function formatMemoryBytes(memoryBytes: number): string {
  let value = memoryBytes;
  let suffix = "";
  for (const next of BINARY_SUFFIXES) {
    if (value === 0 || value % 1024 !== 0) break;
    value /= 1024;
    suffix = next;
  }
  return `${value}${suffix}`;
}

/** null for what has to be read in general. */
function parsePlain(quantity: string | number, units: ReadonlyMap<string, number>): number | null {
  const match = PLAIN.exec(String(quantity));
  const unit = match === null ? undefined : units.get(match[2] ?? "");
  if (unit === undefined) return null;
  const value = Number(match?.[1]) * unit;
  return Number.isSafeInteger(value) ? value : null;
}

function parse(quantity: string | number, unitsPerOne: bigint): number {
  const text = String(quantity);
  const match = text.length <= MAX_LENGTH ? QUANTITY.exec(text) : null;
  if (match === null) throw invalid(text, "is no Kubernetes quantity");
  const [, sign, whole = "", decimals = "", onlyDecimals = "", binary, decimal, exponent] = match;
  const fraction = decimals + onlyDecimals;
  const power = decimal === undefined ? Number(exponent ?? 0) : decimalExponent(decimal);
  if (Math.abs(power) > MAX_EXPONENT) throw invalid(text, "has too large an exponent");

  let numerator = BigInt(whole + fraction) * unitsPerOne * binaryFactor(binary);
  let denominator = 10n ** BigInt(fraction.length);
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  const rounded = (numerator + denominator - 1n) / denominator;
  if (rounded > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(text, "is too large");
  const value = Number(rounded);
  return sign === "-" && value !== 0 ? -value : value;
}

function decimalExponent(suffix: string): number {
  return DECIMAL_EXPONENTS[suffix as keyof typeof DECIMAL_EXPONENTS];
}

function binaryFactor(suffix: string | undefined): bigint {
  const step = BINARY_SUFFIXES.findIndex((each) => each === suffix);
  return 1024n ** BigInt(step + 1);
}

function invalid(text: string, what: string): PermanentError {
  return new PermanentError("INVALID_QUANTITY", `${JSON.stringify(text.slice(0, 80))} ${what}`);
}
