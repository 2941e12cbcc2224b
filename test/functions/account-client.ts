import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../knative/local/cluster/start.ts";
import type { KubeClient, KubeRequest } from "../../shared/kube/client.ts";
import { createKubeClient } from "../../shared/kube/connect.ts";

/** A client with the rights of a token, that says what it was asked for. */
export type CountingClient = KubeClient & { requests: KubeRequest[] };

export function clientWith(cluster: Cluster, token: string): CountingClient {
  const folder = mkdtempSync(join(tmpdir(), "vigie-"));
  const file = join(folder, "kubeconfig");
  writeFileSync(file, cluster.kubeconfig({ token }));
  const kube = createKubeClient({ env: { KUBECONFIG: file } });
  const requests: KubeRequest[] = [];
  return {
    namespace: kube.namespace,
    requests,
    request<T>(request: KubeRequest): Promise<T> {
      requests.push(request);
      return kube.request<T>(request);
    },
    async close() {
      await kube.close();
      rmSync(folder, { recursive: true });
    },
  };
}
