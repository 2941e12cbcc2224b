import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { KubeObject } from "../cluster/kube-object.ts";
import { type Fault, ManifestError } from "./fault.ts";
import { KUSTOMIZATION_FILES, loadKustomization } from "./kustomization.ts";
import { readYamlFile, type Remarks } from "./yaml-file.ts";

/** An object with the place it was read from. */
export type Located = {
  object: KubeObject;
  file: string;
  /** Of the first line of the object, counted from 1. */
  line: number;
  /** Line of a field; of the nearest one above it when there is no such field. */
  lineOf: (path: readonly PropertyKey[]) => number;
};

/**
 * Reads every object in files and folders. A folder with a `kustomization.yaml` is read through it,
 * any other gives its `*.yaml` and `*.yml`, and those `*.json` that are of Kubernetes, in
 * alphabetical order, without its folders.
 * Throws one ManifestError with every fault. `visited` gets each file and folder that was read,
 * `remarks` what else is to be told of them.
 */
export async function loadManifests(
  paths: readonly string[],
  visited: Set<string> = new Set(),
  remarks: Remarks = { skipped: [], doubts: [] },
): Promise<Located[]> {
  const faults: Fault[] = [];
  const loaded: Located[] = [];
  for (const path of paths) loaded.push(...(await loadPath(path, faults, visited, remarks)));
  if (faults.length > 0) throw new ManifestError(faults);
  return loaded;
}

/** A program's own folder has a package.json and the like, which kubectl would stumble over. */
async function isJsonManifest(path: string): Promise<boolean> {
  if (!path.endsWith(".json")) return false;
  return /"apiVersion"\s*:/.test(await readFile(path, "utf8").catch(() => ""));
}

/** `visited` holds what has been read: nothing is read twice, and no cycle is followed. */
async function loadPath(
  path: string,
  faults: Fault[],
  visited: Set<string>,
  remarks: Remarks,
): Promise<Located[]> {
  if (visited.has(path)) return [];
  visited.add(path);
  const found = await stat(path).catch(() => null);
  if (found === null) {
    faults.push({ file: path, line: 1, message: "there is no such file or folder" });
    return [];
  }
  if (!found.isDirectory()) return readYamlFile(path, faults, { doubts: remarks.doubts });
  const names = (await readdir(path)).sort();
  const kustomization = KUSTOMIZATION_FILES.find((name) => names.includes(name));
  if (kustomization !== undefined) {
    return loadKustomization(join(path, kustomization), faults, visited, (one, into, seen) =>
      loadPath(one, into, seen, remarks),
    );
  }
  const manifests: string[] = [];
  for (const name of names) {
    const isOne = /\.ya?ml$/.test(name) || (await isJsonManifest(join(path, name)));
    if (isOne) manifests.push(name);
  }
  if (manifests.length === 0) {
    const below = await foldersWithYaml(path);
    const hint = below.length === 0 ? "" : `; some below it have: ${below.join(", ")}`;
    const message = `there is no .yaml or .json file in this folder${hint}`;
    faults.push({ file: path, line: 1, message });
  }
  const loaded: Located[] = [];
  const { skipped } = remarks;
  const before = skipped.length;
  for (const name of manifests) {
    const file = join(path, name);
    if (visited.has(file)) continue;
    visited.add(file);
    loaded.push(...(await readYamlFile(file, faults, remarks)));
  }
  const others = skipped.slice(before);
  if (manifests.length > 0 && others.length === manifests.length) {
    faults.push(...others.map(({ file, reason }) => ({ file, line: 1, message: reason })));
  }
  return loaded;
}

/** What somebody may have meant who named the folder above: five of them at most. */
async function foldersWithYaml(path: string): Promise<string[]> {
  const found = await readdir(path, { withFileTypes: true });
  const folders = found.filter((one) => one.isDirectory() && !/^\.|^node_modules$/.test(one.name));
  const names: string[] = [];
  for (const { name } of folders.slice(0, 100)) {
    const inside = await readdir(join(path, name)).catch(() => []);
    if (inside.some((one) => /\.ya?ml$/.test(one))) names.push(`-f ${join(path, name)}`);
  }
  return names.sort().slice(0, 5);
}
