import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parse as parseYaml, stringify as toYaml } from "yaml";
import { wantsYaml } from "../accept.ts";
import { refuseHostile } from "../admission.ts";
import { at, textOf } from "../kube-object.ts";
import { decodeProtobuf, protobufType } from "../protobuf/decode.ts";
import type { Attributes, User } from "../rbac.ts";
import { StatusError, badRequest } from "../status-error.ts";

/** The limit of kube-apiserver's request bodies. */
const maxBodyBytes = 3 * 2 ** 20;

/** One request on its way through the API. */
export type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  /** Decoded segments of the path. */
  segments: readonly string[];
  query: URLSearchParams;
  user: User;
  /** Told of a call for a resource before it is answered, and before it is refused. */
  onCall?: (attributes: Attributes, isDenied: boolean) => void;
};

/** What a route answers; undefined when it has written the response itself. */
export type Answer = {
  code: number;
  body: unknown;
  contentType?: string;
  /** Each printed by kubectl after `Warning:`; in the header of that name, with code 299. */
  warnings?: readonly string[];
  retryAfterSeconds?: number;
};

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += piece.length;
    if (bytes > maxBodyBytes) {
      throw new StatusError(
        413,
        "RequestEntityTooLarge",
        `Request entity too large: limit is ${maxBodyBytes}`,
      );
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

export const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";

function parseText(text: string, mediaType: string): unknown {
  const isYaml = mediaType.endsWith("yaml");
  try {
    return isYaml ? parseYaml(text, { maxAliasCount: 100 }) : JSON.parse(text);
  } catch (cause) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${isYaml ? "YAML" : "JSON"}): ${
        cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "unreadable"
      }`,
    );
  }
}

/**
 * The parsed body of one of the media types `accepted`; undefined when it is empty.
 * @throws StatusError 400, 413 or 415.
 */
export async function readBody(
  { request }: Exchange,
  accepted: readonly string[] = ["application/json", "application/yaml", protobufType],
): Promise<unknown> {
  const mediaType = mediaTypeOf(request);
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  if (!accepted.includes(mediaType)) {
    throw new StatusError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
    );
  }
  const value =
    mediaType === protobufType
      ? decodeProtobuf(bytes)
      : parseText(bytes.toString("utf8"), mediaType);
  refuseHostile(value);
  return value;
}

/**
 * That a body is there and is of that kind, where it says so.
 * @throws StatusError 400.
 */
export function assertBody(body: unknown, kind: string): void {
  if (body === undefined) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    );
  }
  const given = at(body, "kind");
  if (given !== undefined && given !== kind) {
    const version = textOf(at(body, "apiVersion"));
    throw badRequest(
      `${textOf(given)} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`,
    );
  }
}

/** kube-apiserver packs what is larger, at the lowest level (KEP-2338). */
const minGzipBytes = 128 * 1024;
const packed = promisify(gzip);

/** As `sigs.k8s.io/yaml` writes it: what YAML 1.1 takes for another type is quoted. */
const yamlOf = (body: unknown): string =>
  toYaml(body, {
    version: "1.1",
    sortMapEntries: true,
    indentSeq: false,
    aliasDuplicateObjects: false,
  });

/**
 * Answers as the headers of the request ask for it: JSON, or YAML; packed with gzip, the only way
 * that kube-apiserver looks for.
 */
export async function sendAnswer(
  response: ServerResponse,
  { code, body, contentType, warnings = [], retryAfterSeconds }: Answer,
  { accept, "accept-encoding": acceptEncoding }: IncomingHttpHeaders,
): Promise<void> {
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  const isYaml = !isText && contentType === undefined && wantsYaml(accept);
  const plain = Buffer.from(isText ? body : isYaml ? yamlOf(body) : `${JSON.stringify(body)}\n`);
  const isPacked = plain.length > minGzipBytes && /\bgzip\b/.test(String(acceptEncoding ?? ""));
  const bytes = isPacked ? await packed(plain, { level: 1 }) : plain;
  if (response.destroyed) return;
  response.writeHead(code, {
    "content-type": contentType ?? (isYaml ? "application/yaml" : "application/json"),
    "content-length": bytes.length,
    "cache-control": "no-cache, private",
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    ...(warnings.length === 0
      ? {}
      : { warning: warnings.map((text) => `299 - ${quoted(text)}`).join(", ") }),
    ...(isPacked ? { "content-encoding": "gzip", vary: "accept-encoding" } : {}),
  });
  response.end(bytes);
}

/** A quoted-string of HTTP (RFC 9110 §5.6.4); what is not printable ASCII becomes `?`. */
const quoted = (text: string): string =>
  `"${text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;

/** An error as a Status object; what is not a StatusError is a fault of the cluster itself. */
export const toAnswer = (error: unknown): Answer => {
  if (error instanceof StatusError) {
    const seconds = error.details?.retryAfterSeconds;
    return {
      code: error.code,
      body: error.toStatus(),
      ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    };
  }
  const fault = new StatusError(
    500,
    "InternalError",
    `Internal error occurred: ${error instanceof Error ? error.message : "unknown"}`,
  );
  return { code: 500, body: fault.toStatus() };
};
