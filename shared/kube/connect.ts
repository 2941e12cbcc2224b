import { setTimeout as delay } from "node:timers/promises";
import type { KubeClient, KubeRequest } from "./client.ts";
import { KubeError } from "./error.ts";
import { type Answer, createExchange } from "./exchange.ts";
import { parseAnswer, toKubeError } from "./answer.ts";
import { isWorthAnotherTry, pauseAfter } from "./another-try.ts";
import { currentSpan } from "../trace/current-span.ts";
import { traceAttributes } from "../trace/trace-context.ts";
import { findLogin } from "./find-login.ts";
import { SERVICE_ACCOUNT_FOLDER } from "./in-cluster.ts";
import type { Login } from "./login.ts";
import { spanName } from "./span-name.ts";

const TIMEOUT_MS = 10_000;
const MAX_TRIES = 5;

/**
 * Connects to the cluster that the environment names: KUBECONFIG, a pod's service account, or
 * ~/.kube/config; its `namespace` is POD_NAMESPACE where that is set, else what these say. Nothing is
 * sent yet. `timeoutMs` bounds a request with all its tries.
 * @throws Error in one line when there is no cluster to connect to.
 */
export function createKubeClient(
  options: { env?: NodeJS.ProcessEnv; timeoutMs?: number; serviceAccountFolder?: string } = {},
): KubeClient {
  const { env = process.env, timeoutMs = TIMEOUT_MS } = options;
  const found = findLogin(env, options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER);
  let login = found instanceof Promise ? undefined : found;
  const exchange = createExchange();
  // A fault is for whoever asks first; unheard, it must not end the process.
  const whenFound = Promise.resolve(found);
  whenFound.then(
    (value) => {
      login = value;
    },
    () => {},
  );

  const attempt = async (
    { server, credentials }: Login,
    request: KubeRequest,
    body: Buffer | null,
    isRefused: boolean,
    leftMs: number,
    traceHeaders: Record<string, string>,
  ): Promise<Answer> =>
    await exchange.send({
      server,
      path: toPath(server, request),
      method: request.method,
      headers: { ...toHeaders(request, body), ...traceHeaders },
      body,
      credentials: await credentials(isRefused).catch(notLoggedIn),
      timeoutMs: leftMs,
      ...(request.pick === undefined ? {} : { pick: request.pick }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });

  const send = async <T>(
    request: KubeRequest,
    traceHeaders: Record<string, string>,
  ): Promise<T> => {
    const deadlineMs = performance.now() + timeoutMs;
    const body = request.body === undefined ? null : Buffer.from(JSON.stringify(request.body));
    const way = login ?? (await whenFound);
    let isRefused = false;
    for (let tries = 1; ; tries += 1) {
      const leftMs = Math.max(1, deadlineMs - performance.now());
      let failure: KubeError;
      try {
        const answer = await attempt(way, request, body, isRefused, leftMs, traceHeaders);
        if (answer.httpStatus >= 200 && answer.httpStatus < 300) {
          return parseAnswer<T>(answer, request.discard);
        }
        failure = toKubeError(answer, request);
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        failure = error;
      }
      const isFirstRefusal = failure.httpStatus === 401 && !isRefused;
      isRefused = failure.httpStatus === 401;
      if (tries >= MAX_TRIES || !(isFirstRefusal || isWorthAnotherTry(failure, request))) {
        throw failure;
      }
      const pauseMs = isFirstRefusal ? 0 : pauseAfter(failure, tries);
      if (performance.now() + pauseMs >= deadlineMs) throw failure;
      await delay(pauseMs, undefined, { signal: request.signal }).catch(() => {
        throw failure;
      });
    }
  };

  return {
    get namespace() {
      return env["POD_NAMESPACE"] || (login?.namespace ?? "default");
    },

    async request<T>(request: KubeRequest): Promise<T> {
      const { method, path } = request;
      const span = currentSpan()?.child(spanName(method, path), "client", () => ({
        "http.request.method": method,
        "url.path": path,
      }));
      if (span === undefined) return await send<T>(request, {});
      try {
        const answer = await send<T>(request, traceAttributes(span.context));
        span.end();
        return answer;
      } catch (error) {
        span.end({ error });
        throw error;
      }
    },

    close() {
      exchange.close();
      return Promise.resolve();
    },
  };
}

function notLoggedIn(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  const message = `cannot log in to the Kubernetes API: ${why}`;
  throw new KubeError({ httpStatus: 0, reason: "Login", message }, { cause: error });
}

/** Not made by a URL: each part that is set would be parsed anew, for each request. */
function toPath(server: URL, { path, query }: KubeRequest): string {
  const search = query === undefined ? "" : new URLSearchParams(query).toString();
  // Some clusters live below a path: https://host/k8s/clusters/c-1
  return `${server.pathname.replace(/\/+$/, "")}${path}${search === "" ? "" : `?${search}`}`;
}

function toHeaders(
  { accept = "application/json", contentType = "application/json", pick }: KubeRequest,
  body: Buffer | null,
): Record<string, string | number> {
  // The part before the slash is the field manager where none is named.
  const headers = {
    accept,
    "user-agent": "vigie/1",
    // Lists: the server packs answers of more than 128 KiB (KEP-2338).
    ...(pick === undefined ? {} : { "accept-encoding": "gzip" }),
  };
  return body === null
    ? headers
    : { ...headers, "content-type": contentType, "content-length": body.length };
}
