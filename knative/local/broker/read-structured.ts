import type { CloudEvent } from "./cloud-event.ts";
import { rawMember } from "./json-member.ts";
import { UnreadableEvent } from "./unreadable-event.ts";

/** Leaves a byte order mark in the text: to Go's JSON, and so to Knative, it is a wrong character. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads `application/cloudevents+json`. JSON data keeps the bytes it was written with. */
export function readStructured(body: Buffer): CloudEvent {
  const text = decode(body);
  const envelope = parse(text);
  const version = envelope["specversion"];
  if (version !== "1.0" && version !== "0.3") {
    throw new UnreadableEvent("specversion: must be 1.0 or 0.3");
  }
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(envelope)) {
    if (name === "data" || name === "data_base64" || value === null) continue;
    if (typeof value === "object") {
      throw new UnreadableEvent(`${shown(name)}: an attribute is a string, a number or a boolean`);
    }
    if (STRINGS.has(name) && typeof value !== "string") {
      throw new UnreadableEvent(`${name}: must be a string`);
    }
    if (value === "" && OPTIONAL.has(name)) continue;
    attributes.set(name.toLowerCase(), String(value as string | number | boolean));
  }
  const data = readData(text, envelope, attributes);
  return { attributes, data };
}

const OPTIONAL = new Set(["subject", "time", "dataschema", "schemaurl", "datacontenttype"]);
const STRINGS = new Set([...OPTIONAL, "id", "source", "type"]);

function readData(
  text: string,
  envelope: Record<string, unknown>,
  attributes: Map<string, string>,
): Buffer | null {
  const base64 = Object.hasOwn(envelope, "data_base64") ? envelope["data_base64"] : null;
  const data = Object.hasOwn(envelope, "data") ? envelope["data"] : undefined;
  if (base64 !== null) {
    if (data !== undefined) throw new UnreadableEvent("data: must not come with data_base64");
    return fromBase64(base64, "data_base64");
  }
  if (data === undefined) return null;
  if (attributes.get("datacontentencoding")?.toLowerCase() === "base64") {
    // 0.3 only. In binary mode the body is not encoded, so the attribute ends here.
    attributes.delete("datacontentencoding");
    return fromBase64(data, "data");
  }
  const contentType = attributes.get("datacontenttype");
  if (contentType === undefined || isJson(contentType)) {
    // JSON format 3.1: without a type, data is JSON.
    attributes.set("datacontenttype", contentType ?? "application/json");
    return Buffer.from(rawMember(text, "data") ?? "null");
  }
  if (typeof data !== "string") {
    throw new UnreadableEvent("data: must be a string when datacontenttype is not JSON");
  }
  return Buffer.from(data);
}

function fromBase64(value: unknown, name: string): Buffer {
  if (typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    return Buffer.from(value, "base64");
  }
  throw new UnreadableEvent(`${name}: must be base64`);
}

function decode(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new UnreadableEvent("the body is not UTF-8");
  }
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadableEvent(`the body is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UnreadableEvent("the body is not a JSON object");
  }
  return value as Record<string, unknown>;
}

/** `application/json`, `text/json`, or anything that ends in `+json`. */
export function isJson(contentType: string): boolean {
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return (
    mediaType === "application/json" || mediaType === "text/json" || mediaType.endsWith("+json")
  );
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 40));
