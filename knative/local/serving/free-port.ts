import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below what Linux (from 32768) and macOS (from 49152) give to whoever asks for any port, and to
 * connections going out: a process may take long to listen, and until then nobody else must get
 * its port, or the probe finds a stranger there and calls the process ready.
 */
const FIRST_PORT = 20_000;
const END_PORT = 32_768;
/** Enough to pass over whatever listens there; after them, any free port will do. */
const TRIES = 1_000;

/** Ports handed out and not given back: two processes starting at once never get the same one. */
const taken = new Set<number>();
/** Another runtime on this machine begins elsewhere. */
let next = randomInt(FIRST_PORT, END_PORT);

/** A TCP port free on every interface, because servers listen on all of them as in a container. */
export async function takePort(): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const port = await freePort(tries < TRIES ? candidate() : 0);
    if (port === null || taken.has(port)) continue;
    taken.add(port);
    return port;
  }
}

export function giveBackPort(port: number): void {
  taken.delete(port);
}

function candidate(): number {
  next = next + 1 < END_PORT ? next + 1 : FIRST_PORT;
  return next;
}

/** Null when somebody listens there. */
async function freePort(port: number): Promise<number | null> {
  try {
    return await listenOnce("::", port);
  } catch (error) {
    if (isInUse(error)) return null;
  }
  try {
    return await listenOnce("0.0.0.0", port);
  } catch (error) {
    if (isInUse(error)) return null;
    throw error;
  }
}

const isInUse = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EADDRINUSE";

function listenOnce(host: string, port: number): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => done(bound));
    });
  });
}
