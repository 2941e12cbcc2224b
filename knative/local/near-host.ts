/** Domains that nobody can register: RFC 6761, 6762 and 8375, and ICANN's `internal`. */
const PRIVATE_DOMAIN = /\.(localhost|local|internal|test|home\.arpa|svc)$/;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * Whether a `Host` may be this machine's, or one of a private network: a name without a dot, an
 * address, a private domain, or none at all (HTTP/1.0). A page on the internet can have its own name
 * point to 127.0.0.1 (DNS rebinding), and would then be same-origin with whatever listens there; it
 * cannot have one of these. `kubectl proxy` has its `--accept-hosts` for the same reason.
 */
export function isNearHost(host: string | undefined): boolean {
  if (host === undefined || host === "" || host.startsWith("[")) return true;
  const name = host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
  return !name.includes(".") || IPV4.test(name) || PRIVATE_DOMAIN.test(name);
}

/** What the asker of any other host is told. */
export const farHostText = (host: string | undefined): string =>
  `${JSON.stringify((host ?? "").slice(0, 200))} is no name of this machine or of a private network: ask for localhost`;
