import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { giveBackPort, takePort } from "../../../../knative/local/serving/free-port.ts";

describe("ports of processes", () => {
  it("are none that the system gives to others meanwhile, and no two at once are the same", async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, takePort));
    ports.forEach(giveBackPort);
    assert.equal(new Set(ports).size, 50);
    for (const port of ports) assert.ok(port >= 20_000 && port < 32_768, String(port));
  });

  it("pass over one that somebody listens on", async () => {
    const first = await takePort();
    giveBackPort(first);
    const server = createServer().listen({ port: first + 1, host: "::" });
    await once(server, "listening");
    try {
      const second = await takePort();
      giveBackPort(second);
      assert.notEqual(second, first + 1);
    } finally {
      server.close();
    }
  });
});
