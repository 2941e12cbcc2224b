import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readTextFile } from "../read-text-file.ts";
import type { Credentials, Login } from "./login.ts";

export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** As client-go: the kubelet renews the token long before it ends. */
const TOKEN_AGE_MS = 60_000;

/**
 * Logs in as the pod's service account.
 * @throws Error when the files that a pod has are not there.
 */
export function inClusterLogin(host: string, port: string, folder: string): Login {
  const read = (name: string) => readFileSync(join(folder, name), "utf8").trim();
  const ca = read("ca.crt");
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    namespace: read("namespace"),
    credentials: tokenCredentials(() => readTextFile(join(folder, "token")), { ca }),
  };
}

/** A bearer token from a file that changes: read again after a minute, or when it was refused. */
export function tokenCredentials(
  readToken: () => Promise<string>,
  tls: Credentials["tls"],
): Login["credentials"] {
  let readAtMs = -Infinity;
  let token = "";
  return async (isRefused) => {
    const nowMs = performance.now();
    if (isRefused || nowMs - readAtMs > TOKEN_AGE_MS) {
      token = (await readToken()).trim();
      readAtMs = nowMs;
    }
    return { headers: { authorization: `Bearer ${token}` }, tls };
  };
}
