import { attribute, type CloudEvent } from "../cloud-event.ts";

/** Go's zero time: what an event without a time shows to filters. */
const NO_TIME = "0001-01-01T00:00:00Z";

/**
 * The text that filters compare. Built-in attributes always exist, as "" when unset; undefined is
 * an extension that the event does not have. Data is never visible.
 */
export function attributeValue(event: CloudEvent, name: string): string | undefined {
  switch (name) {
    case "specversion":
    case "type":
    case "source":
    case "subject":
    case "id":
    case "datacontenttype":
    case "datacontentencoding":
      return attribute(event, name);
    case "dataschema":
    case "schemaurl":
      return attribute(event, "dataschema") || attribute(event, "schemaurl");
    case "datamediatype":
      return attribute(event, "datacontenttype").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    case "time":
      return rfc3339Nano(attribute(event, "time"));
    case "data":
      return undefined;
    default:
      return event.attributes.get(name);
  }
}

/** In UTC, without trailing zeros: what sdk-go makes of a time on its way. */
function rfc3339Nano(time: string): string {
  if (time === "") return NO_TIME;
  const seconds = new Date(time).toISOString().slice(0, 19);
  const fraction = /\.(\d{1,9})/.exec(time)?.[1]?.replace(/0+$/, "") ?? "";
  return fraction === "" ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
