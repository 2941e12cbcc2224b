import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Agent as HttpsAgent, RequestOptions } from "node:https";
import { readTextFile } from "../../../shared/read-text-file.ts";
import type { UsageEnv } from "./env.ts";
import { parseMatrix, type Series } from "./matrix.ts";
import { UsageFault } from "./usage-fault.ts";

type RangeQuery = {
  query: string;
  startSeconds: number;
  /** May lie ahead of now. */
  endSeconds: number;
  stepSeconds: number;
};

export type Prometheus = {
  /** @throws UsageFault when there is no usable answer before `deadlineMs` of performance.now(). */
  queryRange(query: RangeQuery, deadlineMs: number): Promise<Series[]>;
  readonly timeoutMs: number;
  close(): void;
};

/** Ten containers with 8 days each are 2 MB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const AGENT = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: 16 };

/** After a time-out or a refused connection nobody asks for so long: a storm must not wait for each. */
const REST_MS = 5000;

/** For an answer that came while this process did something else. */
const GRACE_MS = 100;

/** A token that was rotated is used from then on. */
const SECRET_AGE_MS = 60_000;

/** null when PROMETHEUS_URL is absent. Nothing is sent yet. */
export function createPrometheus(env: UsageEnv): Prometheus | null {
  const { PROMETHEUS_URL: base, PROMETHEUS_TIMEOUT_MS: timeoutMs } = env;
  if (base === undefined) return null;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v1/query_range`;
  const secrets = createSecrets(env);
  const httpAgent = new HttpAgent(AGENT);
  let httpsAgent: HttpsAgent | undefined;
  let rest = { untilMs: -Infinity, reason: "" };
  let answeredAtMs = -Infinity;

  const open = async (options: RequestOptions, ca: string | undefined): Promise<ClientRequest> => {
    if (url.protocol === "http:") return request(url, { ...options, agent: httpAgent });
    const https = await import("node:https");
    httpsAgent ??= new https.Agent({ ...AGENT, ...(ca === undefined ? {} : { ca }) });
    return https.request(url, { ...options, agent: httpsAgent });
  };

  return {
    timeoutMs,
    async queryRange({ query, startSeconds, endSeconds, stepSeconds }, deadlineMs) {
      if (performance.now() < rest.untilMs) throw new UsageFault(rest.reason);
      const leftMs = Math.ceil(deadlineMs - performance.now());
      if (leftMs <= 0) throw tooLate(timeoutMs);
      const body = new URLSearchParams({
        query,
        start: String(startSeconds),
        end: String(endSeconds),
        step: String(stepSeconds),
        // Prometheus gives up with us.
        timeout: `${leftMs}ms`,
      }).toString();
      const { headers, ca } = await secrets();
      const options = {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/x-www-form-urlencoded",
          "content-length": Buffer.byteLength(body),
          accept: "application/json",
        },
      };
      const sentAtMs = performance.now();
      let outcome = await exchange(await open(options, ca), body, deadlineMs);
      // A pooled connection that the server has closed meanwhile says nothing about the server.
      while (outcome.kind === "unreachable" && outcome.wasPooled) {
        outcome = await exchange(await open(options, ca), body, deadlineMs);
      }
      if (outcome.kind === "answer" || outcome.kind === "refused") answeredAtMs = performance.now();
      switch (outcome.kind) {
        case "answer":
          return parseMatrix(outcome.text);
        case "refused":
          throw new UsageFault(outcome.reason);
        case "late":
          // It answered others meanwhile: this one question is too much for it.
          if (answeredAtMs > sentAtMs) throw tooLate(timeoutMs);
          throw pause(tooLate(timeoutMs));
        case "unreachable":
          throw pause(new UsageFault(`Prometheus cannot be reached: ${outcome.reason}`));
      }
    },
    close() {
      httpAgent.destroy();
      httpsAgent?.destroy();
    },
  };

  function pause(fault: UsageFault): UsageFault {
    rest = { untilMs: performance.now() + REST_MS, reason: `${fault.message}, a moment ago` };
    return fault;
  }
}

type Outcome =
  | { kind: "answer"; text: string }
  | { kind: "refused"; reason: string }
  | { kind: "late" }
  | { kind: "unreachable"; reason: string; wasPooled: boolean };

/** One question, one answer. Redirects are not followed: the token is for this server. */
function exchange(sent: ClientRequest, body: string, deadlineMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      if (outcome.kind !== "answer" || !sent.writableFinished) sent.destroy();
    };
    const expire = (): void => {
      // We were busy ourselves: the answer may be there, waiting to be read.
      if (performance.now() - dueMs <= GRACE_MS) return end({ kind: "late" });
      dueMs = performance.now() + GRACE_MS;
      timer = setTimeout(expire, GRACE_MS);
    };
    let dueMs = deadlineMs;
    let timer = setTimeout(expire, deadlineMs - performance.now());
    sent.on("error", (error: Error & { code?: string }) =>
      end({
        kind: "unreachable",
        reason: error.code ?? error.message,
        wasPooled: sent.reusedSocket,
      }),
    );
    sent.on("response", (response) => {
      collect(response).then(
        (text) => end(toOutcome(response.statusCode ?? 0, text)),
        (error: Error) => end({ kind: "unreachable", reason: error.message, wasPooled: false }),
      );
    });
    sent.end(body);
  });
}

/** Prometheus tells what it did not like in JSON, with 400, 422 or 503; a proxy does not. */
function toOutcome(httpStatus: number, text: string | null): Outcome {
  if (text === null) return { kind: "refused", reason: "the answer of Prometheus is too large" };
  if (httpStatus === 200 || text.startsWith('{"status":"error"')) return { kind: "answer", text };
  return { kind: "refused", reason: `Prometheus answered ${httpStatus}` };
}

/** null when it is too large. */
async function collect(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLate(timeoutMs: number): UsageFault {
  return new UsageFault(`Prometheus gave no answer within ${timeoutMs} ms`);
}

/** What lets us in, from files. */
function createSecrets(env: UsageEnv) {
  const { PROMETHEUS_TOKEN_FILE, PROMETHEUS_BASIC_FILE, PROMETHEUS_CA_FILE } = env;
  type Secrets = { headers: { authorization?: string }; ca: string | undefined };
  let known: Promise<Secrets> | undefined;
  let readAtMs = -Infinity;
  return (): Promise<Secrets> => {
    if (known === undefined || performance.now() - readAtMs > SECRET_AGE_MS) {
      readAtMs = performance.now();
      known = load();
      known.catch(() => (known = undefined));
    }
    return known;
  };

  async function load(): Promise<Secrets> {
    const [token, basic, ca] = await Promise.all([
      text(PROMETHEUS_TOKEN_FILE),
      text(PROMETHEUS_BASIC_FILE),
      text(PROMETHEUS_CA_FILE),
    ]);
    const plain = Buffer.from(basic ?? "").toString("base64");
    if (token !== undefined) return { headers: { authorization: `Bearer ${token}` }, ca };
    return { headers: basic === undefined ? {} : { authorization: `Basic ${plain}` }, ca };
  }

  async function text(file: string | undefined): Promise<string | undefined> {
    if (file === undefined) return undefined;
    try {
      return (await readTextFile(file)).trim();
    } catch (cause) {
      throw new UsageFault(`a secret for Prometheus cannot be read: ${file}`, { cause });
    }
  }
}
