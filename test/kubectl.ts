import { spawnSync } from "node:child_process";

/**
 * The minor version of the kubectl on the PATH (32 for v1.32), null when there is none. Debian 12
 * has 1.20, which knows neither `--subresource` (1.24) nor kustomize's `labels` (1.22).
 */
export const kubectlMinor: number | null = readMinor();

function readMinor(): number | null {
  const { status, stdout } = spawnSync("kubectl", ["version", "--client", "-o", "json"], {
    encoding: "utf8",
  });
  if (status !== 0) return null;
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10);
}
