import { connect, type Socket } from "node:net";

/** What is sent, ready for the wire. */
export type Wire = { path: string; headers: Record<string, string>; body: string };

/** The request as bytes: the client must cost less than what it measures. */
export function toBytes({ path, headers, body }: Wire, port: number): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join("")}`;
  return Buffer.from(`${head}content-length: ${length}\r\n\r\n${body}`);
}

/**
 * Requests answered per second: `connections` that each send the next one when the last is answered.
 * @throws Error when an answer has not `status`.
 */
export async function measure(options: {
  port: number;
  request: Buffer;
  status: number;
  connections: number;
  durationMs: number;
}): Promise<number> {
  const { port, request, status, connections, durationMs } = options;
  const expected = Buffer.from(`HTTP/1.1 ${status} `);
  let answered = 0;
  let isOver = false;
  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let pending: Buffer | null = null;
      socket.once("connect", () => socket.write(request));
      socket.once("error", reject).once("close", () => (isOver ? resolve() : reject(gone())));
      socket.on("data", (chunk: Buffer) => {
        const answer: Buffer = pending === null ? chunk : Buffer.concat([pending, chunk]);
        const length = answerLength(answer);
        if (length === null || answer.length < length) {
          pending = answer;
          return;
        }
        pending = null;
        if (answer.compare(expected, 0, expected.length, 0, expected.length) !== 0) {
          fail(socket, answer, reject);
          return;
        }
        answered += 1;
        if (isOver) socket.destroy();
        else socket.write(request);
      });
    });
  const startedAt = performance.now();
  const timer = setTimeout(() => (isOver = true), durationMs);
  try {
    await Promise.all(Array.from({ length: connections }, run));
  } finally {
    clearTimeout(timer);
    isOver = true;
  }
  return answered / ((performance.now() - startedAt) / 1000);
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");
const CONTENT_LENGTH = /content-length: (\d+)/i;
const CHUNKED_END = Buffer.from("0\r\n\r\n");

/** Of head and body; null while the end is not known. */
function answerLength(answer: Buffer): number | null {
  const end = answer.indexOf(END_OF_HEAD);
  if (end < 0) return null;
  const bodyAt = end + END_OF_HEAD.length;
  const head = answer.toString("latin1", 0, end);
  const length = CONTENT_LENGTH.exec(head);
  if (length !== null) return bodyAt + Number(length[1]);
  if (!/transfer-encoding: chunked/i.test(head)) return bodyAt;
  return answer.subarray(-CHUNKED_END.length).equals(CHUNKED_END) ? answer.length : null;
}

function gone(): Error {
  return new Error("the connection was closed before the end");
}

function fail(socket: Socket, answer: Buffer, reject: (error: Error) => void): void {
  socket.destroy();
  reject(new Error(`unexpected answer: ${answer.toString("latin1").slice(0, 500)}`));
}
