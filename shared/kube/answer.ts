import type { KubeRequest } from "./client.ts";
import { KubeError } from "./error.ts";
import type { Answer } from "./exchange.ts";

const MAX_MESSAGE_CHARACTERS = 1_000;

const OPEN_OBJECT = 0x7b;

/** @throws KubeError when the body is no JSON: something that is no API server has answered. */
export function parseAnswer<T>({ body, items, httpStatus }: Answer, discard = false): T {
  // Who manages which field is most of an object's metadata, and garbage at once.
  if (discard && body[0] === OPEN_OBJECT) return undefined as T;
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return (items === null ? parsed : Object.assign(Object(parsed), { items })) as T;
  } catch (error) {
    const message = `the Kubernetes API answered ${httpStatus} with what is no JSON`;
    throw new KubeError({ httpStatus: 0, reason: "NoJson", message }, { cause: error });
  }
}

/** The error that an answer is, from its Status object, where there is one: a proxy on the way answers in HTML. */
export function toKubeError(answer: Answer, { method, path }: KubeRequest): KubeError {
  const { httpStatus, retryAfterSeconds } = answer;
  let status: { reason?: unknown; message?: unknown } = {};
  try {
    const body: unknown = JSON.parse(answer.body.toString("utf8"));
    if (typeof body === "object" && body !== null) status = body;
  } catch {
    // Not JSON: the status says enough.
  }
  const said =
    typeof status.message === "string"
      ? status.message
      : `${method} ${path} answered ${httpStatus}`;
  return new KubeError({
    httpStatus,
    retryAfterSeconds,
    reason: typeof status.reason === "string" ? status.reason : `Http${httpStatus}`,
    message: said.slice(0, MAX_MESSAGE_CHARACTERS),
  });
}
