import { connect } from "node:net";
import { toBytes } from "./load.ts";
import { jobEvent } from "./job-event.ts";

const STAMP = "0000000000000.000";

/**
 * Events answered: `connections` that each send the next one when the last is answered, with the
 * instant of sending in `ce-senttime`. Answers must have no body.
 * @throws Error when one has not `status`.
 */
export async function sendEvents(options: {
  port: number;
  path: string;
  type: string;
  status: number;
  connections: number;
  durationMs: number;
}): Promise<number> {
  const { port, path, type, status, connections, durationMs } = options;
  const event = jobEvent("binary");
  const headers = { ...event.headers, "ce-type": type, "ce-senttime": STAMP };
  const expected = Buffer.from(`HTTP/1.1 ${status} `);
  let answered = 0;
  let isOver = false;
  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // Of each connection its own: a write may still hold on to it.
      const request = toBytes({ ...event, path, headers }, port);
      const stampAt = request.indexOf(STAMP);
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      const send = () => {
        const now = performance.timeOrigin + performance.now();
        request.write(now.toFixed(3), stampAt, "latin1");
        socket.write(request);
      };
      let answer: Buffer = Buffer.alloc(0);
      socket.once("connect", send);
      socket.once("error", reject);
      socket.once("close", () =>
        isOver ? resolve() : reject(new Error("the connection was closed before the end")),
      );
      socket.on("data", (chunk: Buffer) => {
        answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
        if (!answer.subarray(-4).equals(END_OF_HEAD)) return;
        if (!answer.subarray(0, expected.length).equals(expected)) {
          reject(new Error(`unexpected answer: ${answer.toString("latin1").slice(0, 500)}`));
          socket.destroy();
          return;
        }
        answer = Buffer.alloc(0);
        answered += 1;
        if (isOver) socket.destroy();
        else send();
      });
    });
  const timer = setTimeout(() => (isOver = true), durationMs);
  try {
    await Promise.all(Array.from({ length: connections }, run));
  } finally {
    clearTimeout(timer);
    isOver = true;
  }
  return answered;
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");
