import { join } from "node:path";
import { AppError, PermanentError, TransientError } from "../../shared/errors.ts";
import { readTextFile } from "../../shared/read-text-file.ts";

/** Reads JSON below one address, as far as `signal` allows. */
export type ReadJson = (
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<unknown>;

/** 10,000 alerts of Alertmanager's API are 7.9 MB (measured with 0.25). */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
/** Of what the server says when it refuses. */
const MAX_EXCERPT_LENGTH = 300;

/**
 * A reader of an HTTP API. `authFolder` is a mounted Secret with the file `token`, or with
 * `username` and `password`; read each time. Redirects are not followed: the secret is for this
 * server only.
 * @throws TransientError PULL_UNAVAILABLE when there is no answer in time, or 408, 429, 5xx.
 * @throws PermanentError PULL_REFUSED for every other status, PULL_INVALID for what is no JSON or
 * more than 16 MiB.
 */
export function createReadJson(options: {
  name: string;
  url: string;
  authFolder?: string | undefined;
  timeoutMs?: number;
}): ReadJson {
  const { name, authFolder, timeoutMs = TIMEOUT_MS } = options;
  const base = options.url.endsWith("/") ? options.url : `${options.url}/`;
  return async (path, query, signal) => {
    const url = new URL(path, base);
    url.search = new URLSearchParams(query).toString();
    try {
      const answer = await fetch(url, {
        headers: { accept: "application/json", ...(await authorization(authFolder)) },
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await readText(name, answer);
      if (!answer.ok) throw refused(name, answer.status, text);
      return parse(name, text);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TransientError("PULL_UNAVAILABLE", `${name} cannot be read: ${reason}`, {
        cause: error,
      });
    }
  };
}

async function readText(name: string, answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      const message = `${name} answers more than ${MAX_ANSWER_BYTES} bytes`;
      throw new PermanentError("PULL_INVALID", message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PermanentError("PULL_INVALID", `${name} answers what is no JSON`, { cause });
  }
}

function refused(name: string, status: number, text: string): AppError {
  const said = text
    .slice(0, MAX_EXCERPT_LENGTH)
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  const message = `${name} answers ${status}${said === "" ? "" : `: ${said}`}`;
  const isPassing = status >= 500 || status === 429 || status === 408;
  return isPassing
    ? new TransientError("PULL_UNAVAILABLE", message)
    : new PermanentError("PULL_REFUSED", message);
}

async function authorization(folder: string | undefined): Promise<Record<string, string>> {
  if (folder === undefined) return {};
  const read = async (file: string) => {
    const text = await readTextFile(join(folder, file)).catch(() => null);
    return text?.trim() || null;
  };
  const [token, username, password] = await Promise.all(
    ["token", "username", "password"].map((file) => read(file)),
  );
  if (token) return { authorization: `Bearer ${token}` };
  if (username && password) {
    const pair = Buffer.from(`${username}:${password}`).toString("base64");
    return { authorization: `Basic ${pair}` };
  }
  const message = "the folder of the secret has neither token nor username and password";
  throw new TransientError("SECRET_UNREADABLE", message);
}
