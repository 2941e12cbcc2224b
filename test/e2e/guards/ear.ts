import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type DecisionRecord, ResourcesDecided } from "../../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../../shared/events/settled.ts";

/** What the broker delivers to whoever has a trigger for it, here to a test; dead letters, too. */
export type Ear = {
  url: string;
  /** In the order they came, each once: an event may be delivered again. */
  decided: DecisionRecord[];
  settled: Settlement[];
  deadLetters: string[];
  close(): void;
};

export async function openEar(): Promise<Ear> {
  const decided: DecisionRecord[] = [];
  const settled: Settlement[] = [];
  const deadLetters: string[] = [];
  const heard = new Set<string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const type = request.headers["ce-type"];
      const id = `${String(type)} ${String(request.headers["ce-id"])}`;
      if (request.url === "/dead-letters") deadLetters.push(`${String(type)}: ${body}`);
      else if (!heard.has(id)) {
        heard.add(id);
        if (type === ResourcesDecided.type) decided.push(JSON.parse(body) as DecisionRecord);
        else if (type === ResourcesSettled.type) settled.push(JSON.parse(body) as Settlement);
      }
      response.writeHead(202).end();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    decided,
    settled,
    deadLetters,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
