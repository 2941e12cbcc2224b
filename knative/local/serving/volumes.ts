import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { KeyedData } from "./environment.ts";
import type { Mount } from "./mounts.ts";

type Item = { key: string; path: string };

export type Volume = {
  name: string;
  configMap?:
    | { name: string; items?: readonly Item[] | undefined; optional?: boolean | undefined }
    | undefined;
  secret?:
    | { secretName: string; items?: readonly Item[] | undefined; optional?: boolean | undefined }
    | undefined;
  emptyDir?: object | undefined;
};

export type VolumeMount = { name: string; mountPath: string; subPath?: string | undefined };

/** What a container finds below its mount paths. `files` by path relative to the mount path. */
export type MountedFiles = { mountPath: string; isSecret: boolean; files: Map<string, Buffer> };

/**
 * Says which files are mounted where, and which mounts are empty folders of each process.
 * What is missing, cannot be mounted here, or would leave its folder is told to `fault`.
 */
export function readVolumes(
  pod: { volumes?: readonly Volume[] | undefined; mounts?: readonly VolumeMount[] | undefined },
  namespace: string,
  { configMaps, secrets }: { configMaps: KeyedData; secrets: KeyedData },
  fault: (message: string) => void,
): { mounted: MountedFiles[]; emptyDirs: string[] } {
  const mounted: MountedFiles[] = [];
  const emptyDirs: string[] = [];
  for (const { name, mountPath, subPath } of pod.mounts ?? []) {
    const volume = pod.volumes?.find((one) => one.name === name);
    if (volume === undefined) fault(`volumeMounts ${name}: there is no such volume`);
    else if (subPath !== undefined) fault(`volumeMounts ${name}: subPath is not run locally`);
    else if (!isInside(mountPath.slice(1)) || !mountPath.startsWith("/")) {
      fault(`volumeMounts ${name}: mountPath must be an absolute path without ".."`);
    } else if (volume.emptyDir) emptyDirs.push(trimSlash(mountPath));
    else if (volume.configMap) {
      const { configMap } = volume;
      const data = configMaps.get(`${namespace}/${configMap.name}`);
      const files = filesOf(`ConfigMap ${namespace}/${configMap.name}`, data, configMap, fault);
      mounted.push({ mountPath: trimSlash(mountPath), isSecret: false, files });
    } else if (volume.secret) {
      const { secret } = volume;
      const data = secrets.get(`${namespace}/${secret.secretName}`);
      const files = filesOf(`Secret ${namespace}/${secret.secretName}`, data, secret, fault);
      mounted.push({ mountPath: trimSlash(mountPath), isSecret: true, files });
    } else fault(`volume ${name}: only configMap, secret and emptyDir are run locally`);
  }
  return { mounted, emptyDirs };
}

/** Where each mount path lies below `folder`. */
export function mountsOf(folder: string, mounted: readonly MountedFiles[]): Mount[] {
  return mounted.map(({ mountPath }) => ({ mountPath, localPath: join(folder, mountPath) }));
}

/** Writes the files below `folder`, which is emptied first: folders 0700, files of secrets 0600. */
export function writeVolumes(folder: string, mounted: readonly MountedFiles[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const { mountPath, isSecret, files } of mounted) {
    const localPath = join(folder, mountPath);
    mkdirSync(localPath, { recursive: true, mode: 0o700 });
    for (const [path, content] of files) {
      const file = join(localPath, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, content, { mode: isSecret ? 0o600 : 0o644 });
    }
  }
}

function filesOf(
  source: string,
  data: ReadonlyMap<string, Buffer> | undefined,
  { items, optional }: { items?: readonly Item[] | undefined; optional?: boolean | undefined },
  fault: (message: string) => void,
): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (data === undefined) {
    if (optional !== true) fault(`there is no ${source}`);
    return files;
  }
  for (const { key, path } of items ??
    [...data.keys()].map((name) => ({ key: name, path: name }))) {
    const content = data.get(key);
    if (!isInside(path)) fault(`${source}: the path ${path} leaves its folder`);
    else if (content !== undefined) files.set(path, content);
    else if (optional !== true) fault(`${source} has no key ${key}`);
  }
  return files;
}

function isInside(path: string): boolean {
  if (path === "" || path.includes("\0") || posix.isAbsolute(path)) return false;
  return path.split("/").every((part) => part !== ".." && part !== ".");
}

const trimSlash = (path: string): string => path.replace(/\/+$/, "");
