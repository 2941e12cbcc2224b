import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

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

export function openStateFolder(workingFolder: string): StateFolder {
  const root = resolve(workingFolder, ".vigie");
  const accounts = join(root, "kube");
  mkdirSync(accounts, { recursive: true, mode: 0o700 });
  return {
    kubeconfig: join(root, "kubeconfig"),
    events: join(root, "events"),
    volumes: join(root, "volumes"),
    logs: join(root, "logs"),
    records: join(root, "run"),
    monitoring: join(root, "prometheus"),
    kubeconfigOf: (namespace, account) => join(accounts, `${namespace}.${account}.json`),
    writeSecret(file, text) {
      writeFileSync(file, text, { mode: 0o600 });
      // `mode` counts for new files only.
      chmodSync(file, 0o600);
    },
  };
}
