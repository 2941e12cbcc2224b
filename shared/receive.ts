import type { IncomingHttpHeaders } from "node:http";
import { ATTRIBUTE_NAME, decodeAttribute, isAttributeText } from "./attribute.ts";
import { AppError, PermanentError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import { type MediaType, isJson, isText, parseMediaType } from "./media-type.ts";

type Attributes = Record<string, unknown>;

/** Names that are no extension, or not as a header: the payload's, and what Content-Type says. */
const RESERVED = new Set(["data", "data_base64", "datacontenttype"]);

/**
 * One HTTP request as a CloudEvent 1.0, in binary or structured mode. A tenth of the SDK's time:
 * `HTTP.toEvent` spends it on an error it makes and drops for every valid event.
 *
 * Agrees with the SDK on every valid event (test/shared/receive.test.ts), apart from this:
 * - an absent `time` stays absent, where the SDK puts the present moment;
 * - attribute headers are percent-decoded and read as UTF-8, as the HTTP binding demands;
 * - binary data is a Buffer and leaves no `data_base64` behind (the SDK: a Uint32Array of bytes);
 * - a JSON scalar in binary mode is that scalar, where the SDK makes a string of it, as it does of
 *   text that is no JSON (refused here); `+json` and any spelling of the charset count as JSON;
 * - an empty body is no data; an extension of null is no extension.
 *
 * What is not valid is refused instead of mended (the SDK invents ids and times).
 * @throws PermanentError NOT_A_CLOUDEVENT, INVALID_EVENT, INVALID_JSON, BATCH_UNSUPPORTED or
 * UNSUPPORTED_SPECVERSION; AppError 415 UNSUPPORTED_MEDIA_TYPE.
 */
export function receive(headers: IncomingHttpHeaders, body: Buffer): Event | Promise<Event> {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw unsupported(`content-encoding ${encoding} is not supported`);
  }
  const header = headers["content-type"];
  const type = header === undefined ? null : parseMediaType(header);
  if (type !== null) {
    if (type.essence === "application/cloudevents+json") {
      assertUtf8(type);
      return receiveStructured(headers, body);
    }
    if (type.essence === "application/cloudevents-batch+json") {
      throw new PermanentError("BATCH_UNSUPPORTED", "send one CloudEvent a request, not a batch");
    }
    if (type.essence.startsWith("application/cloudevents")) {
      throw unsupported(`${type.essence}: only application/cloudevents+json is supported`);
    }
  }
  return receiveBinary(headers, type, body);
}

function receiveBinary(
  headers: IncomingHttpHeaders,
  type: MediaType | null,
  body: Buffer,
): Event | Promise<Event> {
  const specversion = headers["ce-specversion"];
  if (specversion !== "1.0") {
    if (specversion === "0.3") return receiveBySdk(headers, body, type);
    throw foreignVersion(specversion, headers["ce-id"] !== undefined);
  }
  const event: Attributes = { specversion: "1.0", id: "", source: "", type: "" };
  for (const name in headers) {
    if (!name.startsWith("ce-")) continue;
    const value = headers[name];
    const text = typeof value === "string" ? decodeAttribute(value) : null;
    if (text === null) throw invalid(`${name}: not a valid attribute value`);
    const attribute = name.slice(3);
    if (RESERVED.has(attribute)) throw invalid(`${name}: not an attribute that a header may carry`);
    setAttribute(event, attribute, text);
  }
  if (headers["content-type"] !== undefined) event["datacontenttype"] = headers["content-type"];
  if (body.length > 0) event["data"] = readData(type, body);
  return finish(event);
}

function readData(type: MediaType | null, body: Buffer): unknown {
  // Without a content type nothing says that it is JSON: HTTP binding §3.1.1.
  if (type === null) return body.toString("utf8");
  if (isJson(type)) {
    assertUtf8(type);
    return parseJson(body, "data");
  }
  if (!isText(type)) return body;
  assertUtf8(type);
  return body.toString("utf8");
}

function receiveStructured(headers: IncomingHttpHeaders, body: Buffer): Event | Promise<Event> {
  const envelope = parseJson(body, "event");
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) {
    throw invalid("a structured event is one JSON object");
  }
  const specversion = "specversion" in envelope ? envelope.specversion : undefined;
  if (specversion !== "1.0") {
    if (specversion === "0.3") return receiveBySdk(headers, body, null);
    throw foreignVersion(specversion, true);
  }
  const event: Attributes = { specversion: "1.0", id: "", source: "", type: "" };
  for (const [name, value] of Object.entries(envelope)) {
    if (name === "data") {
      event["data"] = value;
    } else if (name === "data_base64") {
      if (value === null) continue;
      if ("data" in envelope) throw invalid("data and data_base64 exclude each other");
      event["data"] = fromBase64(value);
    } else {
      setValue(event, name, value);
    }
  }
  return finish(event);
}

function setValue(event: Attributes, name: string, value: unknown): void {
  if (value === null) return;
  if (typeof value === "string") {
    if (!isAttributeText(value)) throw invalid(`${clip(name)}: has control characters`);
    setAttribute(event, name, value);
  } else if ((typeof value === "boolean" || Number.isInteger(value)) && !CORE.has(name)) {
    assertName(name);
    event[name] = value;
  } else {
    throw invalid(`${clip(name)}: not a value that an attribute may have`);
  }
}

const CORE = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "dataschema",
  "datacontenttype",
]);

function setAttribute(event: Attributes, name: string, text: string): void {
  if (name === "time") {
    if (text !== "") event["time"] = toInstant(text);
  } else if (CORE.has(name)) {
    // As with the SDK, an optional attribute that is empty is absent; a required one is missed later.
    if (text !== "") event[name] = text;
  } else {
    assertName(name);
    event[name] = text;
  }
}

function assertName(name: string): void {
  if (!ATTRIBUTE_NAME.test(name)) {
    throw invalid(
      `${JSON.stringify(clip(name))}: attribute names are lower-case letters and digits`,
    );
  }
}

/** RFC 3339; the leap second it allows is none that JavaScript can tell. */
const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Already what it would be normalized to: most are, and need no Date. */
const NORMAL =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Normalized to UTC and milliseconds, as the SDK does. */
function toInstant(text: string): string {
  if (NORMAL.test(text)) return text;
  const atMs = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) throw invalid("time: not an RFC 3339 timestamp");
  return new Date(atMs).toISOString();
}

function finish(event: Attributes): Event {
  if (event["id"] === "" || event["source"] === "" || event["type"] === "") {
    const missing = ["id", "source", "type"].filter((name) => event[name] === "");
    throw invalid(`${missing.join(", ")}: required, missing or empty`);
  }
  return event as Event;
}

/** Once for an event of the older version; the SDK is not loaded for any other. */
async function receiveBySdk(
  headers: IncomingHttpHeaders,
  body: Buffer,
  type: MediaType | null,
): Promise<Event> {
  const { HTTP } = await import("cloudevents");
  const isBinaryData = type !== null && !isJson(type) && !isText(type);
  let event: Attributes;
  try {
    const received = HTTP.toEvent<unknown>({
      headers,
      body: isBinaryData ? body : body.toString("utf8"),
    });
    if (Array.isArray(received)) throw invalid("a batch");
    event = { ...(received as Event) };
  } catch (cause) {
    throw new PermanentError("INVALID_EVENT", "not a valid CloudEvent 0.3", { cause });
  }
  for (const name of ["id", "source", "type"]) {
    const value = event[name];
    if (typeof value !== "string" || value === "" || !isAttributeText(value)) {
      throw invalid(`${name}: required, missing or not valid`);
    }
  }
  return event as Event;
}

function parseJson(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new PermanentError("INVALID_JSON", `${what} is not valid JSON`, { cause });
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function fromBase64(value: unknown): Buffer {
  if (typeof value !== "string" || value.length % 4 !== 0 || !BASE64.test(value)) {
    throw invalid("data_base64: not valid base64");
  }
  return Buffer.from(value, "base64");
}

function assertUtf8(type: MediaType): void {
  if (type.charset !== null && type.charset !== "utf-8" && type.charset !== "us-ascii") {
    throw unsupported(`charset ${clip(type.charset)} is not supported: send utf-8`);
  }
}

function foreignVersion(specversion: unknown, isEvent: boolean): PermanentError {
  if (!isEvent || specversion === undefined) {
    return new PermanentError(
      "NOT_A_CLOUDEVENT",
      "not a CloudEvent: neither ce-specversion 1.0 among the headers nor application/cloudevents+json",
    );
  }
  const version = typeof specversion === "string" ? clip(specversion) : typeof specversion;
  return new PermanentError("UNSUPPORTED_SPECVERSION", `specversion ${version}: this takes 1.0`);
}

function invalid(message: string): PermanentError {
  return new PermanentError("INVALID_EVENT", message);
}

function unsupported(message: string): AppError {
  return new AppError("UNSUPPORTED_MEDIA_TYPE", 415, message);
}

function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
