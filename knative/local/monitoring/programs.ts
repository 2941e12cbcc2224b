import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Paths of the two programs. */
export type Programs = { prometheus: string; alertmanager: string };

/** By which names distributions ship them: Debian's Alertmanager has a prefix. */
const NAMES = {
  prometheus: ["prometheus"],
  alertmanager: ["prometheus-alertmanager", "alertmanager"],
} as const;

/** Finds both programs on `path` ($PATH). Where one is missing, a sentence that says which. */
export function findPrograms(path: string): Programs | { missing: string } {
  const [prometheus, alertmanager] = [find(NAMES.prometheus, path), find(NAMES.alertmanager, path)];
  if (prometheus !== null && alertmanager !== null) return { prometheus, alertmanager };
  const lacking = [
    ...(prometheus === null ? ["prometheus"] : []),
    ...(alertmanager === null ? ["prometheus-alertmanager (or alertmanager)"] : []),
  ];
  return {
    missing: `not on the PATH: ${lacking.join(" and ")}; on Debian: apt-get install prometheus prometheus-alertmanager`,
  };
}

function find(names: readonly string[], path: string): string | null {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return files.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
