const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/**
 * The identity Alertmanager gives an alert: FNV-1a 64 over its labels sorted by name, each name and
 * value ended by 0xff, as 16 hex digits (prometheus/common, model/signature.go).
 */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name] ?? ""]) {
      for (const byte of Buffer.from(text)) add(byte);
      add(0xff);
    }
  }
  return hash.toString(16).padStart(16, "0");
}
