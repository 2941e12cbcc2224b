import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { createPoster } from "../../../../knative/local/serving/poster.ts";
import { startSubscriber } from "../broker/harness.ts";

describe("a poster whose kept connection is cut by its second request", () => {
  const rows = [
    { name: "has been idle: sends it once more", idleMs: 1_000, requests: ["1", "2", "2"] },
    { name: "was at work just now: fails", idleMs: 999, requests: ["1", "2"] },
  ];
  for (const { name, idleMs, requests } of rows) {
    it(name, async () => {
      let cuts = 0;
      const server = await startSubscriber(({ headers }, response) => {
        if (headers["x-number"] === "1" || ++cuts > 1) response.writeHead(204).end();
        else response.socket?.destroy();
      });
      let now = 5_000;
      const poster = createPoster(new URL(server.url).origin, () => now);
      const send = (number: string) =>
        poster.post({
          path: "/",
          headers: [["x-number", number]],
          body: Buffer.from("x"),
          signal: new AbortController().signal,
        });
      try {
        await send("1");
        // Until then the connection is not kept yet, and a second one would be opened.
        await setImmediate();
        now += idleMs;
        if (requests.length === 3) assert.equal((await send("2")).status, 204);
        else await assert.rejects(send("2"));
        assert.deepEqual(
          server.received.map(({ headers }) => headers["x-number"]),
          requests,
        );
      } finally {
        poster.destroy();
        await server.close();
      }
    });
  }
});
