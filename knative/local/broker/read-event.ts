import type { CloudEvent } from "./cloud-event.ts";
import { readStructured } from "./read-structured.ts";
import { UnreadableEvent } from "./unreadable-event.ts";

/** As node:http gives them: lower-case names, values with one character a byte. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Reads an event from an HTTP message, binary or structured, CloudEvents 1.0 or 0.3. The version
 * is kept. Attributes may still be wrong: see `faultOf`. Only these two media types say what the
 * mode is, as with sdk-go: others of `application/cloudevents` are content types of binary events.
 * Null: there is no event in it, nor in what names an unknown version. Throws UnreadableEvent: there is one, and it can't be read.
 */
export function readEvent(headers: HttpHeaders, body: Buffer): CloudEvent | null {
  const contentType = first(headers["content-type"]);
  const mediaType = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "application/cloudevents+json") return readStructured(body);
  if (mediaType === "application/cloudevents-batch+json") {
    throw new UnreadableEvent("batches not taken: send one event as application/cloudevents+json");
  }
  const version = first(headers["ce-specversion"]);
  if (version !== "1.0" && version !== "0.3") return null;
  const attributes = new Map<string, string>();
  for (const name in headers) {
    if (!name.startsWith("ce-")) continue;
    const value = utf8(first(headers[name]) ?? "");
    const attributeName = name.slice(3);
    if (attributeName === "datacontenttype") continue;
    if (value !== "" || !OPTIONAL.has(attributeName)) attributes.set(attributeName, value);
  }
  if (contentType !== undefined && contentType !== "") {
    attributes.set("datacontenttype", utf8(contentType));
  }
  return { attributes, data: body.length === 0 ? null : body };
}

/** sdk-go takes an empty one for absent. */
const OPTIONAL = new Set(["subject", "time", "dataschema", "schemaurl"]);

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

/**
 * Header bytes are UTF-8 where they are valid UTF-8; sdk-go writes them so, without percent
 * encoding. Other bytes are taken as latin1.
 */
function utf8(headerValue: string): string {
  if (!/[\u0080-\u00ff]/.test(headerValue)) return headerValue;
  try {
    return decoder.decode(Buffer.from(headerValue, "latin1"));
  } catch {
    return headerValue;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });
