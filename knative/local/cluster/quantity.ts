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
export function parseCpuMillis(text: unknown): number | null {
  const cores = parseQuantity(text);
  return cores === null ? null : Math.ceil(Number((cores * 1000).toFixed(6)));
}

/** Memory in bytes, rounded up; null when it is no quantity. */
export function parseMemoryBytes(text: unknown): number | null {
  const bytes = parseQuantity(text);
  return bytes === null ? null : Math.ceil(Number(bytes.toFixed(3)));
}

/** The canonical form the server stores: `2000m` becomes `2`. */
export const formatCpu = (cpuMillis: number): string =>
  cpuMillis % 1000 === 0 ? String(cpuMillis / 1000) : `${cpuMillis}m`;

const binarySuffixes = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"] as const;

/** The largest binary suffix without a fraction, else plain bytes. */
export function formatMemory(memoryBytes: number): string {
  for (const suffix of binarySuffixes) {
    const factor = factors[suffix] ?? 1;
    if (memoryBytes !== 0 && memoryBytes % factor === 0) return `${memoryBytes / factor}${suffix}`;
  }
  return String(memoryBytes);
}

/** Quantities of `cpu` and `memory` compared and stored in one form; others stay as they are. */
export function canonicalQuantity(resource: string, text: unknown): unknown {
  if (resource === "cpu") {
    const cpuMillis = parseCpuMillis(text);
    return cpuMillis === null ? text : formatCpu(cpuMillis);
  }
  if (resource === "memory" && typeof text === "string" && !/[kMGTPE]$/.test(text)) {
    const memoryBytes = parseMemoryBytes(text);
    return memoryBytes === null ? text : formatMemory(memoryBytes);
  }
  return typeof text === "number" ? String(text) : text;
}
