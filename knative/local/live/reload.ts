import { type Checked, checkManifests, warningText } from "../lint/lint.ts";
import { shownWarnings } from "../lint/shown-warnings.ts";
import { ManifestError } from "../manifests/fault.ts";
import { changesOf, emptiedFaults } from "./changes.ts";
import { immutableFaults } from "./immutable.ts";
import { shortened } from "./shortened.ts";
import { createPlaceWatcher } from "./watch-places.ts";

export type ReloadOptions = {
  paths: readonly string[];
  mode: "sync" | "stored";
  /** Puts a wiring in the place of the one before. @throws ManifestError; then that one goes on. */
  load: (checked: Checked) => Promise<void>;
  note: (message: string) => void;
};

/**
 * Follows the files of manifests. A bad edit is told once, with file and line, and changes nothing.
 * `first` is what runs already, `visited` where it was read, `readSinceMs` when (since 1970).
 */
export function startReloading(
  { paths, mode, load, note }: ReloadOptions,
  first: Checked,
  visited: ReadonlySet<string>,
  readSinceMs: number,
): { close(): Promise<void> } {
  let current = first;
  let toldFault = "";
  let isWanted = false;
  let isClosed = false;
  let underWay: Promise<void> | null = null;
  const watcher = createPlaceWatcher(() => {
    isWanted = true;
    underWay ??= reloadAll().finally(() => (underWay = null));
  });
  watcher.watch(visited, readSinceMs);

  async function reloadAll(): Promise<void> {
    while (isWanted && !isClosed) {
      isWanted = false;
      await reload();
    }
  }

  async function reload(): Promise<void> {
    const places = new Set<string>();
    const sinceMs = Date.now();
    const checked = await checkManifests(paths, mode, places).catch((error: Error) => error);
    if (isClosed || !watcher.watch(places, sinceMs)) return;
    if (checked instanceof Error) return tellFault(checked);
    try {
      await follow(checked, places);
    } catch (error) {
      tellFault(error as Error);
    }
  }

  async function follow(checked: Checked, places: ReadonlySet<string>): Promise<void> {
    const faults = [
      ...emptiedFaults(current.located, checked.located, places),
      ...immutableFaults(current.wiring, checked.wiring),
    ];
    if (faults.length > 0) throw new ManifestError(faults);
    const changes = changesOf(current.located, checked.located);
    if (changes.length > 0 || toldFault !== "") await load(checked);
    if (changes.length > 0) note(`reloaded: ${shortened(changes).join(", ")}`);
    else if (toldFault !== "") note("the manifests are as they were before the fault");
    tellWarnings(checked);
    toldFault = "";
    current = checked;
  }

  function tellFault(error: Error): void {
    const lines =
      error instanceof ManifestError
        ? error.faults.map(({ file, line, message }) => `${file}:${line}: ${message}`)
        : [error.message];
    const text = lines.join("\n");
    if (text === toldFault) return;
    toldFault = text;
    for (const line of shortened(lines)) note(`not reloaded, what ran before goes on: ${line}`);
  }

  /** Only those that were not there before: lines move, messages stay. */
  function tellWarnings({ warnings, left }: Checked): void {
    for (const line of left) if (!current.left.includes(line)) note(line);
    const known = new Set(current.warnings.map(({ rule, message }) => `${rule} ${message}`));
    const fresh = warnings.filter(({ rule, message }) => !known.has(`${rule} ${message}`));
    for (const line of shownWarnings(fresh, warningText)) note(line);
  }

  return {
    async close() {
      isClosed = true;
      watcher.close();
      await underWay;
    },
  };
}
