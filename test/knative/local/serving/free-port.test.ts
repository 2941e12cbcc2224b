import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { createSocket } from "node:dgram";
import { giveBackPort, takePort } from "../../../../knative/local/serving/free-port.ts";

/** A port taken and given back, and a listener of ours on the one after it. */
async function listenOnNext(): Promise<{ next: number; server: Server }> {
  for (;;) {
    const port = await takePort();
    giveBackPort(port);
    const server = createServer().listen({ port: port + 1, host: "::" });
    try {
      await once(server, "listening");
      return { next: port + 1, server };
    } catch {
      // Somebody else on this machine listens there.
    }
  }
}

describe("ports of processes", () => {
  it("are none that the system gives to others meanwhile, and no two at once are the same", async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, takePort));
    ports.forEach(giveBackPort);
    assert.equal(new Set(ports).size, 50);
    for (const port of ports) assert.ok(port >= 20_000 && port < 32_768, String(port));
  });

  it("pass over one that somebody listens on", async () => {
    const { next, server } = await listenOnNext();
    try {
      const second = await takePort();
      giveBackPort(second);
      assert.notEqual(second, next);
    } finally {
      server.close();
    }
  });

  it("are held against another runtime until they are given back", async () => {
    const port = await takePort();
    const isHeld = async (): Promise<boolean> => {
      const other = createSocket("udp4");
      other.bind({ port, address: "127.0.0.1", exclusive: true });
      try {
        await once(other, "listening");
        return false;
      } catch {
        return true;
      } finally {
        other.close();
      }
    };
    assert.equal(await isHeld(), true);
    giveBackPort(port);
    assert.equal(await isHeld(), false);
  });
});
