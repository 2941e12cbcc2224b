import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError } from "./start-error.ts";

/** Where a runtime keeps what it writes: `.vigie` in the folder it is started from. */
export type StateFolder = {
  kubeconfig: string;
  events: string;
  volumes: string;
  logs: string;
  records: string;
  monitoring: string;
  /** Of a service account. Names are DNS labels, so they stay in the folder. */
  kubeconfigOf(namespace: string, serviceAccount: string): string;
  /** Writes a file that only its owner may read. */
  writeSecret(file: string, text: string): void;
};

/** @throws StartError when nothing can be written there. */
export function openStateFolder(workingFolder: string): StateFolder {
  const root = resolve(workingFolder, ".vigie");
  const accounts = join(root, "kube");
  const folders = {
    events: join(root, "events"),
    logs: join(root, "logs"),
    records: join(root, "run"),
  };
  try {
    for (const folder of [accounts, ...Object.values(folders)]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.W_OK);
    }
  } catch (error) {
    throw notWritable(root, error);
  }
  return {
    ...folders,
    kubeconfig: join(root, "kubeconfig"),
    volumes: join(root, "volumes"),
    monitoring: join(root, "prometheus"),
    kubeconfigOf: (namespace, account) => join(accounts, `${namespace}.${account}.json`),
    writeSecret(file, text) {
      try {
        writeFileSync(file, text, { mode: 0o600 });
        // `mode` counts for new files only.
        chmodSync(file, 0o600);
      } catch (error) {
        throw notWritable(file, error);
      }
    },
  };
}

/** For a folder that is read-only or another's, a file in its place, a disk that is full. */
function notWritable(path: string, error: unknown): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new StartError(
    [
      `${path} cannot be written (${code ?? message}): start in a folder of your own with room in it`,
    ],
    { cause: error },
  );
}
