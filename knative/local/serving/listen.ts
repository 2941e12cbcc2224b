import type { Server } from "node:net";
import type { AddressInfo } from "node:net";

/** Of a request, then 431: Go's `http.DefaultMaxHeaderBytes`, where Node has 16 KiB. */
export const MAX_HEADER_BYTES = 2 ** 20;

/** Says which port was asked for. */
export class PortTakenError extends Error {
  readonly port: number;
  constructor(port: number, options?: ErrorOptions) {
    super(`port ${port} is taken`, options);
    this.name = "PortTakenError";
    this.port = port;
  }
}

/**
 * Listens on 127.0.0.1, and on ::1 by the second server where this machine has IPv6: `localhost`
 * may be either. Port 0 takes a free one for both. Answers the port.
 * @throws PortTakenError
 */
export async function listenOnLoopback(ipv4: Server, ipv6: Server, port: number): Promise<number> {
  for (;;) {
    await listen(ipv4, port, "127.0.0.1");
    const bound = (ipv4.address() as AddressInfo).port;
    try {
      await listen(ipv6, bound, "::1");
      return bound;
    } catch (error) {
      if (!(error instanceof PortTakenError)) return bound;
      await new Promise((done) => ipv4.close(done));
      // One that is free on 127.0.0.1 may be somebody's on ::1: another one, then.
      if (port !== 0) throw error;
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((done, failed) => {
    const onError = (error: NodeJS.ErrnoException) => {
      failed(error.code === "EADDRINUSE" ? new PortTakenError(port, { cause: error }) : error);
    };
    server.once("error", onError);
    server.listen({ port, host, exclusive: true }, () => {
      server.off("error", onError);
      done();
    });
  });
}
