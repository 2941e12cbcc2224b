import { readFile } from "node:fs/promises";

/** Where a SinkBinding mounts the token for its sink while Eventing's authentication-oidc is on. */
const TOKEN_FILE = "/oidc/token";
/** kubelet takes longer than that to put a new token in, and does so well before the old one ends. */
const FRESH_MS = 10_000;

/**
 * Gives `Bearer <token>`, or null while there is no file. The file is read again every 10 s, as
 * Eventing renews the token, and after `forget`, which is for a sink that has refused it.
 * @throws Error when there is a file that cannot be read, or that is no token.
 */
export type SinkToken = { header(): Promise<string | null>; forget(): void };

export function createSinkToken(file: string = TOKEN_FILE): SinkToken {
  let last: { header: string | null; atMs: number } | undefined;
  return {
    async header() {
      if (last !== undefined && performance.now() - last.atMs < FRESH_MS) return last.header;
      last = { header: await readHeader(file), atMs: performance.now() };
      return last.header;
    },
    forget() {
      last = undefined;
    },
  };
}

async function readHeader(file: string): Promise<string | null> {
  let token: string;
  try {
    token = (await readFile(file, "utf8")).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
  // RFC 6750's b64token: nothing else gets into a header, and nothing of it into a message.
  if (!/^[\w.~+/-]+=*$/.test(token)) throw new Error(`${file} holds no token`);
  return `Bearer ${token}`;
}
