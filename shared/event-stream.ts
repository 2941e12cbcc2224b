import type { IncomingMessage, ServerResponse } from "node:http";
import { TransientError } from "./errors.ts";

/** One server-sent event. `data` is sent as JSON, which has no line break to break the framing. */
export type StreamEvent = {
  event: string;
  /** Comes back as Last-Event-ID when the browser reconnects. */
  id: string;
  data: unknown;
};

/** Browsers that watch, and what they are sent. */
export type EventStream = {
  /**
   * Answers with a stream and sends `first` at once.
   * @throws TransientError STREAM_BUSY when too many watch already.
   */
  open(request: IncomingMessage, response: ServerResponse, first: readonly StreamEvent[]): void;
  send(event: StreamEvent): void;
  readonly watchers: number;
  /** Ends every stream; the browsers come back by themselves, perhaps to the next process. */
  close(): void;
};

/** Proxies close what is silent for a minute (nginx, Envoy's default idle time-outs are longer). */
const HEARTBEAT_MS = 15_000;
/** Told to the browser: how long after a loss it tries again. */
const RETRY_MS = 2_000;
const MAX_WATCHERS = 100;
/** A watcher that reads slower than this is cut; coming back, it gets the newest state at once. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** Server-sent events to many watchers: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function createEventStream(options: { heartbeatMs?: number } = {}): EventStream {
  const { heartbeatMs = HEARTBEAT_MS } = options;
  const open = new Set<ServerResponse>();
  let heartbeat: NodeJS.Timeout | undefined;

  const write = (response: ServerResponse, text: string): void => {
    response.write(text);
    if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
  };
  const leave = (response: ServerResponse): void => {
    open.delete(response);
    if (open.size === 0) clearInterval(heartbeat);
  };

  return {
    open(request, response, first) {
      if (open.size >= MAX_WATCHERS) {
        throw new TransientError("STREAM_BUSY", `${MAX_WATCHERS} browsers watch already`);
      }
      request.socket.setNoDelay(true);
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        // nginx would hold the events back until its buffer is full.
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
      });
      response.write(`retry: ${RETRY_MS}\n\n${first.map(format).join("")}`);
      if (open.size === 0) {
        heartbeat = setInterval(() => {
          for (const each of open) write(each, ": still here\n\n");
        }, heartbeatMs);
        heartbeat.unref();
      }
      open.add(response);
      response.once("close", () => leave(response));
    },
    send(event) {
      const text = format(event);
      for (const response of open) write(response, text);
    },
    get watchers() {
      return open.size;
    },
    close() {
      for (const response of open) response.end();
    },
  };
}

function format({ event, id, data }: StreamEvent): string {
  return `event: ${oneLine(event)}\nid: ${oneLine(id)}\ndata: ${JSON.stringify(data)}\n\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, " ");
}
