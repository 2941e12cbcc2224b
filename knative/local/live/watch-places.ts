import { type FSWatcher, realpathSync, statSync, watch } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { KUSTOMIZATION_FILES } from "../manifests/kustomization.ts";

/** What an editor does to save one file is over by then. */
const SETTLED_MS = 100;
/** Where the system does not tell of changes (some network and container mounts). */
const POLL_MS = 1_000;

/** Tells when manifests may have changed. */
export type PlaceWatcher = {
  /**
   * Watches these files and folders, and no others. `readSinceMs` (since 1970): when they began to
   * be read. False when a file was written since: it may have been read in the middle of that, and
   * empty, so it has to be read again; `onChange` is called for it.
   */
  watch(places: ReadonlySet<string>, readSinceMs: number): boolean;
  close(): void;
};

/**
 * Folders are watched, not files: many an editor writes another file and gives it the name, and a
 * watch of the file would stay with the old one. Changes that come close together are told once.
 */
export function createPlaceWatcher(onChange: () => void): PlaceWatcher {
  const watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  let places: ReadonlySet<string> = new Set();
  let settling: NodeJS.Timeout | null = null;
  let polling: NodeJS.Timeout | null = null;
  let polled = "";

  function changed(): void {
    if (settling !== null) clearTimeout(settling);
    settling = setTimeout(onChange, SETTLED_MS);
  }

  function drop(folder: string): void {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  }

  function add(folder: string, inode: number): void {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null || isManifest(folder, name)) changed();
      });
      watcher.once("error", () => {
        drop(folder);
        poll();
      });
      watchers.set(folder, { watcher, inode });
    } catch {
      poll();
    }
  }

  /** Its own name is told when the folder itself goes. */
  function isManifest(folder: string, name: string): boolean {
    if (/\.ya?ml$/.test(name) || KUSTOMIZATION_FILES.includes(name)) return true;
    return name === basename(folder) || places.has(join(folder, name));
  }

  function poll(): void {
    if (polling !== null) return;
    polled = signature(places);
    polling = setInterval(() => {
      const now = signature(places);
      if (now === polled) return;
      polled = now;
      changed();
    }, POLL_MS);
  }

  return {
    watch(wanted, readSinceMs) {
      places = wanted;
      const folders = new Map([...wanted].flatMap(folderOf));
      for (const [folder, { inode }] of watchers) {
        if (folders.get(folder) !== inode) drop(folder);
      }
      let isNew = false;
      for (const [folder, inode] of folders) {
        if (watchers.has(folder)) continue;
        isNew = true;
        add(folder, inode);
      }
      // A link that leads elsewhere now (a ConfigMap's volume, a release's `current`) is told to nobody.
      if ([...wanted].some(isLinked)) poll();
      const written = [...wanted].flatMap((place) => writtenSince(place, readSinceMs));
      // A folder is written to by others too: it counts only as long as nobody was watching.
      const isTorn = written.includes("file");
      if (isTorn || (isNew && written.length > 0)) changed();
      return !isTorn;
    },
    close() {
      if (settling !== null) clearTimeout(settling);
      if (polling !== null) clearInterval(polling);
      for (const folder of watchers.keys()) drop(folder);
    },
  };
}

/** Whether a place is, or is below, a link. */
function isLinked(place: string): boolean {
  try {
    return realpathSync(place) !== resolve(place);
  } catch {
    return false;
  }
}

/** The folder to watch for a place, with its inode; none when that is missing too. */
function folderOf(place: string): [string, number][] {
  const found = statSync(place, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return [[place, found.ino]];
  const above = statSync(dirname(place), { throwIfNoEntry: false });
  return above === undefined ? [] : [[dirname(place), above.ino]];
}

/** Of the file system's own clock, which may be a tick behind. */
const CLOCK_SLACK_MS = 10;

function writtenSince(place: string, sinceMs: number): ("file" | "folder")[] {
  const found = statSync(place, { throwIfNoEntry: false });
  // A time in the future says nothing, and would say it for ever.
  if (found === undefined || found.mtimeMs > Date.now() + 1_000) return [];
  if (found.mtimeMs < sinceMs - CLOCK_SLACK_MS) return [];
  return [found.isDirectory() ? "folder" : "file"];
}

function signature(places: ReadonlySet<string>): string {
  return [...places]
    .map((place) => {
      const found = statSync(place, { throwIfNoEntry: false });
      return found === undefined ? "-" : `${found.ino}:${found.mtimeMs}:${found.size}`;
    })
    .join(" ");
}
