import type { IncomingHttpHeaders } from "node:http";
import { CORE_ATTRIBUTES, decodeAttribute, isAttributeText } from "./attribute.ts";
import { PermanentError } from "./errors.ts";
import { assertName, type Attributes, finish, newEvent, setAttribute } from "./event-attributes.ts";
import type { Event } from "./events/contract.ts";
import { type MediaType, isJson, isText, parseMediaType } from "./media-type.ts";
import { receiveBySdk } from "./receive-by-sdk.ts";
import { clip, foreignVersion, invalid, unsupported } from "./receive-fault.ts";

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

type HeaderAttribute = { name: string; isCore: boolean };

/** A process meets few names of headers, over and over; bounded, for they are a stranger's. */
const attributes = new Map<string, HeaderAttribute | null>();
const MAX_NAMES = 256;

/** The attribute that a header carries; null for a header that is none of CloudEvents'. */
function attributeOf(header: string): HeaderAttribute | null {
  let attribute = attributes.get(header);
  if (attribute !== undefined) return attribute;
  attribute = readAttributeName(header);
  if (attributes.size < MAX_NAMES) attributes.set(header, attribute);
  return attribute;
}

function readAttributeName(header: string): HeaderAttribute | null {
  if (!header.startsWith("ce-")) return null;
  const name = header.slice(3);
  if (RESERVED.has(name)) throw invalid(`${header}: not an attribute that a header may carry`);
  if (CORE_ATTRIBUTES.has(name)) return { name, isCore: true };
  assertName(name);
  return { name, isCore: false };
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
  const event = newEvent();
  for (const name in headers) {
    const attribute = attributeOf(name);
    if (attribute === null) continue;
    const value = headers[name];
    const text = typeof value === "string" ? decodeAttribute(value) : null;
    if (text === null) throw invalid(`${name}: not a valid attribute value`);
    if (attribute.isCore) setAttribute(event, attribute.name, text);
    else event[attribute.name] = text;
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
  const event = newEvent();
  for (const name in envelope) {
    const value = (envelope as Attributes)[name];
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
  } else if (
    (typeof value === "boolean" || Number.isInteger(value)) &&
    !CORE_ATTRIBUTES.has(name)
  ) {
    assertName(name);
    event[name] = value;
  } else {
    throw invalid(`${clip(name)}: not a value that an attribute may have`);
  }
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
