import type { CloudEvent } from "./cloud-event.ts";
import { isJson } from "./read-structured.ts";
import type { DeadLetter } from "./store/dead-letters.ts";

/** A dead letter for people: with the event as it would be posted in structured mode. */
export function shownDeadLetter(letter: DeadLetter): Record<string, unknown> {
  const { event, headers: _headers, brokerKey: _broker, triggerKey: _trigger, ...summary } = letter;
  return { ...summary, event: shownEvent(event) };
}

function shownEvent({ attributes, data }: CloudEvent): Record<string, unknown> {
  const members: [string, unknown][] = [...attributes];
  if (data !== null) members.push(shownData(data, attributes.get("datacontenttype") ?? ""));
  return Object.fromEntries(members);
}

function shownData(data: Buffer, contentType: string): [string, unknown] {
  if (isJson(contentType)) {
    try {
      return ["data", JSON.parse(data.toString())];
    } catch {
      // Says that it is JSON and is not: that may be why it is here. Shown as it came.
      return ["data_base64", data.toString("base64")];
    }
  }
  return contentType.startsWith("text/")
    ? ["data", data.toString()]
    : ["data_base64", data.toString("base64")];
}
