import {
  formatCpuMillis,
  formatMemoryBytes,
  parseCpuMillis as exactCpuMillis,
  parseMemoryBytes as exactMemoryBytes,
} from "../../../shared/quantity.ts";

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const grammar =
  /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE]([+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

/** A Kubernetes quantity in its base unit (cores, bytes, pieces); null when it is none. */
export function parseQuantity(text: unknown): number | null {
  if (typeof text === "number") return Number.isFinite(text) ? text : null;
  if (typeof text !== "string" || text.length > 64) return null;
  const match = grammar.exec(text);
  if (match === null) return null;
  const [, digits = "", exponent, suffix = ""] = match;
  const factor = exponent === undefined ? (factors[suffix] ?? 1) : 10 ** Number(exponent);
  const value = Number(digits) * factor;
  return Number.isFinite(value) ? value : null;
}

/** CPU in thousandths of a core, rounded up as Kubernetes does; null when it is no quantity. */
export const parseCpuMillis = (text: unknown): number | null => counted(text, exactCpuMillis, 1000);

/** Memory in bytes, rounded up; null when it is no quantity. */
export const parseMemoryBytes = (text: unknown): number | null =>
  counted(text, exactMemoryBytes, 1);

function counted(
  text: unknown,
  exactly: (quantity: string | number) => number,
  perUnit: number,
): number | null {
  if (typeof text !== "string" && typeof text !== "number") return null;
  try {
    return exactly(text);
  } catch {
    // More than can be counted exactly is more than any node has, and must stay so.
    const value = parseQuantity(text);
    return value === null ? null : Math.ceil(value * perUnit);
  }
}

/** Quantities of `cpu` and `memory` compared and stored in one form; others stay as they are. */
export function canonicalQuantity(resource: string, text: unknown): unknown {
  if (resource === "cpu") {
    const cpuMillis = parseCpuMillis(text);
    return cpuMillis === null ? text : formatCpuMillis(cpuMillis);
  }
  if (resource === "memory" && typeof text === "string" && !/[kMGTPE]$/.test(text)) {
    const memoryBytes = parseMemoryBytes(text);
    return memoryBytes === null ? text : formatMemoryBytes(memoryBytes);
  }
  return typeof text === "number" ? String(text) : text;
}
