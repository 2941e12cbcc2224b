import type { Deliver, DeliverRequest, DeliverResponse } from "../broker/target.ts";
import { whenAborted } from "../when-aborted.ts";
import { ActivationError } from "./activation-error.ts";
import type { Activator } from "./activator.ts";
import { createPoster, type Poster, UnansweredError } from "./poster.ts";
import { hostOf, MAX_REDIRECTS, redirectOf } from "./redirect.ts";
import { startRequestTimer } from "./request-timer.ts";

/** Addresses that are remembered; beyond, all are looked up again. */
const MAX_PLACES = 1_000;

type Request = DeliverRequest & { method: "POST" | "GET" };

/** Posts events to services of this runtime through their activators, and to URLs. */
export function createDeliver(find: (namespace: string, name: string) => Activator | undefined): {
  deliver: Deliver;
  close(): void;
} {
  /** By URL, as manifests name them, and redirects: those may be any number. */
  const places = new Map<string, { poster: Poster; path: string; headers: [string, string][] }>();
  const posters = new Map<string, Poster>();

  function placeOf(text: string) {
    let place = places.get(text);
    if (place === undefined) {
      if (places.size >= MAX_PLACES) forgetPlaces();
      const url = new URL(text);
      const poster = posters.get(url.origin) ?? createPoster(url.origin);
      posters.set(url.origin, poster);
      place = { poster, path: `${url.pathname}${url.search}`, headers: credentialsOf(url) };
      places.set(text, place);
    }
    return place;
  }

  function forgetPlaces(): void {
    for (const poster of posters.values()) poster.close();
    posters.clear();
    places.clear();
  }

  async function toUrl(request: Request, url: string): Promise<DeliverResponse> {
    const { poster, path, headers } = placeOf(url);
    const { method, body, signal } = request;
    const all = headers.length === 0 ? request.headers : [...request.headers, ...headers];
    return { ...(await poster.post({ method, path, headers: all, body, signal })), start: null };
  }

  async function toService(
    request: Request,
    target: Extract<DeliverRequest["target"], { kind: "service" }>,
  ): Promise<DeliverResponse> {
    const activator = find(target.namespace, target.name);
    if (activator === undefined) {
      const message = `there is no service ${target.name} in ${target.namespace}`;
      return refusal(404, "UNKNOWN_SERVICE", message);
    }
    const limit = new AbortController();
    const settle = whenAborted(request.signal, (reason) => limit.abort(reason));
    let expired: Error | null = null;
    const timer = startRequestTimer(activator.revision, (reason) => {
      expired = reason;
      limit.abort(reason);
    });
    const { onBytes } = timer;
    const { signal } = limit;
    try {
      const lease = await activator.acquire(signal);
      try {
        const headers: [string, string][] = [
          ["host", hostOf(target)],
          ...request.headers.filter(([name]) => name.toLowerCase() !== "host"),
        ];
        const { path } = target;
        const answer = await lease.poster.post({
          method: request.method,
          path,
          headers,
          body: request.body,
          signal,
          onBytes,
        });
        return { ...answer, start: lease.start };
      } finally {
        lease.release();
      }
    } catch (error) {
      const cause: unknown = expired ?? error;
      if (cause instanceof ActivationError) return refusal(cause.status, cause.code, cause.message);
      // Of queue-proxy, which is there when the process is not.
      if (cause instanceof UnansweredError) {
        return refusal(502, "BAD_GATEWAY", `the service did not answer: ${cause.message}`);
      }
      throw cause;
    } finally {
      settle();
      timer.end();
    }
  }

  return {
    async deliver(first) {
      let { target } = first;
      let request: Request = { ...first, method: "POST" };
      for (let redirects = 0; ; redirects++) {
        request.signal.throwIfAborted();
        const response =
          target.kind === "service"
            ? await toService(request, target)
            : await toUrl(request, target.url);
        const redirect = redirectOf(target, response);
        if (redirect === null) return response;
        if (redirects === MAX_REDIRECTS)
          throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
        if (redirect.isGet) request = { ...request, method: "GET", body: Buffer.alloc(0) };
        ({ target } = redirect);
      }
    },
    close() {
      for (const poster of posters.values()) poster.destroy();
    },
  };
}

/** Of `http://name:password@host/`, as Go's client sends them. */
function credentialsOf({ username, password }: URL): [string, string][] {
  if (username === "" && password === "") return [];
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [["authorization", `Basic ${Buffer.from(text).toString("base64")}`]];
}

function refusal(status: number, code: string, message: string): DeliverResponse {
  const body = Buffer.from(JSON.stringify({ code, message }));
  return { status, headers: { "content-type": "application/json" }, body, start: null };
}
