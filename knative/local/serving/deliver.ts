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
    const signal = AbortSignal.any([request.signal, limit.signal]);
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
      const cause: unknown = limit.signal.aborted ? limit.signal.reason : error;
      if (cause instanceof ActivationError) return refusal(cause.status, cause.code, cause.message);
      throw cause;
    } finally {
      timer.end();
    }
  }

  return {
    async deliver(request) {
      const { target, timeoutMs } = request;
      const signal = withTimeout(request.signal, timeoutMs);
      signal.throwIfAborted();
      return target.kind === "service"
        ? toService({ ...request, signal }, target)
        : toUrl({ ...request, signal }, new URL(target.url));
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function withTimeout(signal: AbortSignal, timeoutMs: number | null): AbortSignal {
  return timeoutMs === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

function refusal(status: number, code: string, message: string): DeliverResponse {
  const body = Buffer.from(JSON.stringify({ code, message }));
  return { status, headers: { "content-type": "application/json" }, body, start: null };
}
