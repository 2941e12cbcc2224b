import { Agent, request } from "node:http";
import { Pool } from "undici";

type Sent = { method: string; path: string; headers: string[]; body: Buffer | null };
type Answered = { status: number; body: Buffer };

/** Sends to one origin over kept connections, and reads the whole answer. */
export type Client = (sent: Sent) => Promise<Answered>;

/** As the gateway, the sink and the Kubernetes client do. */
export function createNodeClient(origin: URL, maxSockets: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets });
  const { hostname, port, host } = origin;
  return ({ method, path, headers, body }) =>
    new Promise((done, failed) => {
      const sent = request(
        { hostname, port, path, method, headers: ["host", host, ...headers], agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
          );
          response.on("error", failed);
        },
      );
      sent.on("error", failed).end(body ?? undefined);
    });
}

/** As the broker does: undici's `dispatch`, one request on a connection at a time. */
export function createUndiciClient(origin: URL, connections: number): Client {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return ({ method, path, headers, body }) =>
    new Promise((done, failed) => {
      const chunks: Buffer[] = [];
      let status = 0;
      pool.dispatch(
        { method: method as "POST", path, headers, body },
        {
          onRequestStart: () => undefined,
          onResponseStart(_, statusCode) {
            status = statusCode;
          },
          onResponseData(_, chunk) {
            chunks.push(chunk);
          },
          onResponseEnd: () => done({ status, body: Buffer.concat(chunks) }),
          onResponseError: (_, error) => failed(error),
        },
      );
    });
}
