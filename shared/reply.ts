import { ATTRIBUTE_NAME, encodeAttribute, isAttributeText, isPlain } from "./attribute.ts";
import { PermanentError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import { isJson, parseMediaType } from "./media-type.ts";

/** An event on the wire in binary mode. */
export type BinaryMessage = {
  /** Name, value, name, value: the form that node:http sends at the least cost. */
  readonly headers: string[];
  readonly body: string | Buffer | undefined;
  /** Of a body that is a string: latin1 where that makes the same bytes, for it is written faster. */
  readonly encoding: "latin1" | "utf8";
};

/**
 * An event in binary mode, with Content-Length. Attributes that are undefined are left out.
 * @throws PermanentError INVALID_REPLY when an attribute has a name or a value that CloudEvents
 * forbids: it comes from what was received, and would break the headers.
 */
export function toBinary(event: Event): BinaryMessage {
  const contentType = event.datacontenttype ?? "application/json";
  const body = toBody(contentType, event.data);
  const headers = ["content-type", checkedContentType(contentType)];
  for (const name in event) {
    if (name === "data" || name === "data_base64" || name === "datacontenttype") continue;
    const value = event[name];
    if (value === undefined || value === null) continue;
    headers.push(headerName(name), headerValue(name, value));
  }
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  headers.push("content-length", String(length));
  return { headers, body, encoding: length === body?.length ? "latin1" : "utf8" };
}

const headerNames = new Map<string, string>();
/** Names are a function's own, but nothing here should grow for ever. */
const MAX_NAMES = 256;

function headerName(name: string): string {
  const known = headerNames.get(name);
  if (known !== undefined) return known;
  if (!ATTRIBUTE_NAME.test(name)) throw invalid(`${JSON.stringify(name)}: not an attribute name`);
  const header = `ce-${name}`;
  if (headerNames.size < MAX_NAMES) headerNames.set(name, header);
  return header;
}

function headerValue(name: string, value: unknown): string {
  if (typeof value === "string") {
    if (isPlain(value)) return value;
    if (!isAttributeText(value)) throw invalid(`${name}: has control characters`);
    return encodeAttribute(value);
  }
  if (typeof value === "boolean" || Number.isInteger(value)) return String(value);
  throw invalid(`${name}: not a value that an attribute may have`);
}

/** Visible ASCII and spaces: whatever else it is, it stays one header. */
const HEADER_TEXT = /^[ -~]+$/;

function checkedContentType(contentType: string): string {
  if (!HEADER_TEXT.test(contentType)) throw invalid("datacontenttype: not a media type");
  return contentType;
}

function toBody(contentType: string, data: unknown): string | Buffer | undefined {
  if (data === undefined) return undefined;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (typeof data === "string" && !isJson(parseMediaType(contentType))) return data;
  return JSON.stringify(data);
}

function invalid(message: string): PermanentError {
  return new PermanentError("INVALID_REPLY", message);
}
