import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
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

/**
 * Ports handed out and not given back, each with what holds it: the UDP port of the same number.
 * Two processes starting at once never get the same one, though two runtimes start them: the system
 * gives a UDP port to one of them, and takes it back however that ends.
 */
const taken = new Map<number, Socket>();
/** Another runtime on this machine begins elsewhere. */
let next = randomInt(FIRST_PORT, END_PORT);

/** A TCP port free on every interface, because servers listen on all of them as in a container. */
export async function takePort(): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const port = tries < TRIES ? candidate() : await anyPort();
    const holder = await hold(port);
    if (holder === null) continue;
    if (await isFree(port)) {
      taken.set(port, holder);
      return port;
    }
    holder.close();
  }
}

export function giveBackPort(port: number): void {
  taken.get(port)?.close();
  taken.delete(port);
}

function candidate(): number {
  next = next + 1 < END_PORT ? next + 1 : FIRST_PORT;
  return next;
}

/** Null when somebody else holds it. */
function hold(port: number): Promise<Socket | null> {
  return new Promise((done, failed) => {
    const socket = createSocket("udp4").unref();
    socket.once("error", (error) => {
      socket.close();
      if (isInUse(error)) done(null);
      else failed(error);
    });
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => done(socket));
  });
}

async function anyPort(): Promise<number> {
  return await listenOnce("0.0.0.0", 0);
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce("::", port);
    return true;
  } catch (error) {
    if (isInUse(error)) return false;
  }
  // A machine without IPv6.
  try {
    await listenOnce("0.0.0.0", port);
    return true;
  } catch (error) {
    if (isInUse(error)) return false;
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
