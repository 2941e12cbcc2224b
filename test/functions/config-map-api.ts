import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One ConfigMap behind the real API's paths, with its optimistic concurrency. */
export type ConfigMapApi = {
  /** A kubeconfig file for it; the context's namespace is "vigie". */
  kubeconfig: string;
  entries(): unknown[];
  close(): Promise<void>;
};

export async function startConfigMapApi(name: string): Promise<ConfigMapApi> {
  const path = `/api/v1/namespaces/vigie/configmaps/${name}`;
  let version = 1;
  let data: Record<string, string> | undefined;
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      if (request.url !== path) return answer(404, { kind: "Status", code: 404 });
      if (request.method === "PATCH") {
        const patch = JSON.parse(text) as {
          metadata: { resourceVersion: string };
          data: Record<string, string>;
        };
        if (patch.metadata.resourceVersion !== String(version)) {
          return answer(409, { kind: "Status", code: 409, reason: "Conflict" });
        }
        version += 1;
        data = { ...data, ...patch.data };
      }
      return answer(200, { metadata: { name, resourceVersion: String(version) }, data });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), "vigie-test-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "vigie" } }],
      clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "test", user: {} }],
    }),
  );
  return {
    kubeconfig,
    entries: () => JSON.parse(data?.["entries.json"] ?? "[]") as unknown[],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(folder, { recursive: true });
    },
  };
}
