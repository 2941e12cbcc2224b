import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base } from "./runtime.ts";

/** A copy of knative/base with another policy: for `-f`, and to be taken away afterwards. */
export function policyFolder(change: (policy: string) => string): {
  folder: string;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "vigie-policy-"));
  cpSync(base, folder, { recursive: true });
  const file = join(folder, "policy.yaml");
  writeFileSync(file, change(readFileSync(file, "utf8")));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
