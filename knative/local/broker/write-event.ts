import type { CloudEvent } from "./cloud-event.ts";
import { isJson } from "./read-structured.ts";

export type HttpMessage = { headers: [string, string][]; body: Buffer };

const EMPTY = Buffer.alloc(0);

/**
 * Binary mode. Attribute values go out as raw UTF-8 bytes, not percent-encoded: what sdk-go does,
 * and so what a subscriber sees on a cluster.
 */
export function writeBinary({ attributes, data }: CloudEvent): HttpMessage {
  const headers: [string, string][] = [];
  for (const [name, value] of attributes) {
    if (name === "datacontenttype") headers.push(["content-type", headerValue(value)]);
    else headers.push([`ce-${name}`, headerValue(value)]);
  }
  return { headers, body: data ?? EMPTY };
}

/** Structured mode, for triggers with `delivery.format: json`. */
export function writeStructured({ attributes, data }: CloudEvent): HttpMessage {
  const members = [...attributes].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  if (data !== null) {
    const type = attributes.get("datacontenttype");
    const text = type !== undefined && isJson(type) ? jsonText(data) : null;
    members.push(text === null ? `"data_base64":"${data.toString("base64")}"` : `"data":${text}`);
  }
  return {
    headers: [["content-type", "application/cloudevents+json"]],
    body: Buffer.from(`{${members.join(",")}}`),
  };
}

/** Null when it is not JSON after all: then it travels as base64 rather than break the envelope. */
function jsonText(data: Buffer): string | null {
  const text = data.toString();
  try {
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

function headerValue(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}
