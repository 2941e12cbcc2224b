import type { KubeClient } from "../../../shared/kube/client.ts";
import type { Recent } from "../../../shared/kube/recent.ts";

/** A server is not upgraded more often than this. */
const KEEP_MS = 600_000;

/** "1.34"; some providers write the minor version as "34+". */
export function readServerVersion(kube: KubeClient, recent: Recent): Promise<string> {
  const read = async (): Promise<string> => {
    const { major, minor } = await kube.request<{ major: string; minor: string }>({
      method: "GET",
      path: "/version",
    });
    return `${Number.parseInt(major, 10)}.${Number.parseInt(minor, 10)}`;
  };
  return recent.read("version", read, KEEP_MS);
}
