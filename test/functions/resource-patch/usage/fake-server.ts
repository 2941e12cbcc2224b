import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export type Asked = { headers: IncomingMessage["headers"]; form: URLSearchParams };
/** What to answer: a body with 200, a status, or nothing at all. */
export type Reply = string | number | null;

/** Stands where Prometheus is, for what the real one does not do on demand: silence and nonsense. */
export async function startFake(reply: (asked: Asked, count: number) => Reply | Promise<Reply>) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      const one = { headers: request.headers, form };
      asked.push(one);
      void Promise.resolve(reply(one, asked.length)).then((said) => {
        if (said === null) return;
        if (typeof said === "number") response.writeHead(said).end("<html>");
        else response.end(said);
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Point = [number, string];
export function matrix(
  result: readonly { container: string; stat: string; values: readonly Point[] }[],
): string {
  return JSON.stringify({
    status: "success",
    data: {
      resultType: "matrix",
      result: result.map(({ container, stat, values }) => ({
        metric: { container, vigie_stat: stat },
        values,
      })),
    },
  });
}
