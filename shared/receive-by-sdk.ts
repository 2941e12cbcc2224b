import type { IncomingHttpHeaders } from "node:http";
import { isAttributeText } from "./attribute.ts";
import { PermanentError } from "./errors.ts";
import type { Attributes } from "./event-attributes.ts";
import type { Event } from "./events/contract.ts";
import { type MediaType, isJson, isText } from "./media-type.ts";
import { invalid } from "./receive-fault.ts";

/** Once for an event of the older version; the SDK is not loaded for any other. */
export async function receiveBySdk(
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
