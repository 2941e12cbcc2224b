import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one request: it passes, or a fault that a real API server can have. */
export type Fault =
  | "pass"
  /** The connection is closed before the API has seen the request. */
  | "close"
  /** The API carries it out, and its answer is lost. */
  | "swallow"
  /** No answer at all, for as long as the asker waits. */
  | "hang"
  | { status: number; headers?: Record<string, string> };

/** A proxy in front of a Kubernetes API with faults of one's choice. */
export type FaultyApi = {
  url: string;
  /** Asked for each request; `count` is that of the requests since it was set, from 1. */
  faults(next: (request: IncomingMessage, count: number) => Fault | Promise<Fault>): void;
  close(): void;
};

export async function startFaultyApi(target: string): Promise<FaultyApi> {
  let next: (request: IncomingMessage, count: number) => Fault | Promise<Fault> = () => "pass";
  let count = 0;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    count += 1;
    const fault = await next(incoming, count);
    if (fault === "close") {
      incoming.socket.destroy();
      return;
    }
    if (fault === "hang") {
      incoming.resume();
      return;
    }
    if (typeof fault === "object") {
      incoming.resume();
      response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
      response.end(JSON.stringify({ kind: "Status", reason: "Fault", message: "a fault" }));
      return;
    }
    const { method, headers } = incoming;
    const outgoing = request(new URL(incoming.url ?? "/", target), { method, headers });
    outgoing.on("error", () => incoming.socket.destroy());
    outgoing.on("response", (answer) => {
      if (fault === "swallow") {
        answer.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  };
  const server = createServer((incoming, response) => {
    incoming.on("error", () => {});
    serve(incoming, response).catch(() => incoming.socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults(choose) {
      count = 0;
      next = choose;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
