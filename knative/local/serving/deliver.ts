import { Agent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Deliver, DeliverRequest, DeliverResponse } from "../broker/target.ts";
import { ActivationError } from "./activation-error.ts";
import type { Activator } from "./activator.ts";
import { post } from "./post.ts";
import { startRequestTimer } from "./request-timer.ts";

/** Posts events to services of this runtime through their activators, and to URLs. */
export function createDeliver(find: (namespace: string, name: string) => Activator | undefined): {
  deliver: Deliver;
  close(): void;
} {
  const agents = {
    http: new Agent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true }),
  };

  async function toUrl(request: DeliverRequest, url: URL): Promise<DeliverResponse> {
    const agent = url.protocol === "https:" ? agents.https : agents.http;
    return { ...(await post({ ...request, url, agent })), start: null };
  }

  async function toService(
    request: DeliverRequest,
    target: Extract<DeliverRequest["target"], { kind: "service" }>,
  ): Promise<DeliverResponse> {
    const activator = find(target.namespace, target.name);
    if (activator === undefined) {
      const message = `there is no service ${target.name} in ${target.namespace}`;
      return refusal(404, "UNKNOWN_SERVICE", message);
    }
    const limit = new AbortController();
    const timer = startRequestTimer(activator.revision, (reason) => limit.abort(reason));
    const { onBytes } = timer;
    const { signal } = limit;
    // One signal with listeners that are taken off again: AbortSignal.any and .timeout hold theirs
    // until the longest time-out is over, which in a storm are ten thousand requests.
    const stop = () => limit.abort(request.signal.reason);
    request.signal.addEventListener("abort", stop, { once: true });
    try {
      const lease = await activator.acquire(signal);
      try {
        const url = new URL(`http://127.0.0.1:${lease.port}${target.path}`);
        const host: [string, string] = [
          "host",
          `${target.name}.${target.namespace}.svc.cluster.local`,
        ];
        const headers = [
          host,
          ...request.headers.filter(([name]) => name.toLowerCase() !== "host"),
        ];
        const answer = await post({
          ...request,
          headers,
          url,
          agent: lease.agent,
          signal,
          onBytes,
        });
        return { ...answer, start: lease.start };
      } finally {
        lease.release();
      }
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error;
      if (cause instanceof ActivationError) return refusal(cause.status, cause.code, cause.message);
      throw cause;
    } finally {
      timer.end();
      request.signal.removeEventListener("abort", stop);
    }
  }

  return {
    async deliver(request) {
      const { target, timeoutMs } = request;
      request.signal.throwIfAborted();
      const limit = new AbortController();
      const stop = () => limit.abort(request.signal.reason);
      const timer =
        timeoutMs === null
          ? null
          : setTimeout(() => limit.abort(tooLate(timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS));
      request.signal.addEventListener("abort", stop, { once: true });
      const { signal } = limit;
      try {
        return await (target.kind === "service"
          ? toService({ ...request, signal }, target)
          : toUrl({ ...request, signal }, new URL(target.url)));
      } finally {
        if (timer !== null) clearTimeout(timer);
        request.signal.removeEventListener("abort", stop);
      }
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

const MAX_TIMER_MS = 2 ** 31 - 1;

function tooLate(timeoutMs: number): DOMException {
  return new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError");
}

function refusal(status: number, code: string, message: string): DeliverResponse {
  const body = Buffer.from(JSON.stringify({ code, message }));
  return { status, headers: { "content-type": "application/json" }, body, start: null };
}
