import { attributesIn, decisiveParts, errorSource } from "../../cesql/blame.ts";
import { parse } from "../../cesql/parse.ts";
import { print } from "../../cesql/print.ts";
import type { CloudEvent } from "../cloud-event.ts";
import { cesqlJudge, type CesqlVerdict, Visible } from "./cesql.ts";
import { quoted } from "./quoted.ts";

/** Which parts of an expression made it true, false or an error, with what the event has there. */
export function explainCesql(
  text: string,
  event: CloudEvent,
): { result: CesqlVerdict["result"]; texts: string[] } {
  const { result, reason } = cesqlJudge(text)(event);
  const expression = parse(text);
  const visible = new Visible(event);
  const source = errorSource(expression, visible);
  if (source !== null) return { result, texts: [`${print(source)} is an error: ${reason}`] };
  if (result === "fail" && reason !== "is false") return { result, texts: [`${text} ${reason}`] };
  const texts = decisiveParts(expression, visible).map((part) => {
    const found = attributesIn(part).map((name) => {
      const value = visible.get(name);
      return `${name} ${value === undefined || value === "" ? "is unset" : `is ${quoted(value)}`}`;
    });
    const because = found.length === 0 ? "" : `; ${found.join(", ")}`;
    // A part of an XOR, or below NOT, may differ from the whole.
    const own = cesqlJudge(print(part))(event).result === "pass" ? "is true" : "is false";
    return `${print(part)} ${own}${because}`;
  });
  return { result, texts };
}
