import type { RequestOptions } from "node:https";
import type { Login } from "./login.ts";

/**
 * Every way to log in that client-node knows: exec plugins, OIDC, proxies, several files. Costs
 * some 90 ms to load, so it is for those who need it.
 * @param file absent: as KUBECONFIG and the home say.
 */
export async function fullLogin(file?: string): Promise<Login> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("kubeconfig: the current context has no cluster");
  const context = config.getContextObject(config.getCurrentContext());
  return {
    server: new URL(cluster.server),
    namespace: context?.namespace || "default",
    async credentials() {
      const { headers, agent, ...tls } = await authenticated(config);
      // Its agents close every connection; ours do not. A proxy's agent only it can make.
      const viaProxy = cluster.proxyUrl ? { agent } : {};
      return { headers: toPlainHeaders(headers), tls: { ...tls, ...viaProxy } };
    },
  };
}

async function authenticated(config: {
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function toPlainHeaders(headers: RequestOptions["headers"]): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return plain;
}
