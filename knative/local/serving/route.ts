/** Whom a Host header names. */
export type Route = { namespace: string; service: string };

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST = new RegExp(`^(${LABEL})\\.(${LABEL})\\.(localhost|svc\\.cluster\\.local)$`);

/**
 * Reads `<service>.<namespace>.localhost` and `<service>.<namespace>.svc.cluster.local`, in any
 * case, with or without a port and a closing dot. Null for every other host.
 */
export function routeOf(host: string | undefined): Route | null {
  const name = (host ?? "").toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  const match = HOST.exec(name);
  const [, service, namespace] = match ?? [];
  return service === undefined || namespace === undefined ? null : { namespace, service };
}
