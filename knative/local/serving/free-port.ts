import { createServer } from "node:net";

/** Ports handed out and not given back: two processes starting at once never get the same one. */
const taken = new Set<number>();

/** A TCP port free on every interface, because servers listen on all of them as in a container. */
export async function takePort(): Promise<number> {
  for (;;) {
    const port = await freePort("::").catch(() => freePort("0.0.0.0"));
    if (taken.has(port)) continue;
    taken.add(port);
    return port;
  }
}

export function giveBackPort(port: number): void {
  taken.delete(port);
}

function freePort(host: string): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen({ port: 0, host, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}
