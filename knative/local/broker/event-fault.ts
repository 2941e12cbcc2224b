import type { CloudEvent } from "./cloud-event.ts";

const REQUIRED = ["id", "source", "type"];
const CORE = new Set([
  "specversion",
  ...REQUIRED,
  "subject",
  "time",
  "datacontenttype",
  "dataschema",
  "schemaurl",
  "datacontentencoding",
]);
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** As Go's mime.ParseMediaType, which also takes a type without a slash. */
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}(/${TOKEN})?(\\s*;\\s*${TOKEN}\\s*=\\s*(${TOKEN}|"([^"\\\\]|\\\\.)*"))*\\s*;?\\s*$`,
);
/** Also keeps header injection out: these never reach a header. */
const CONTROL = /\p{Cc}/u;

/**
 * What is wrong with the attributes of an event, or null. The rules of sdk-go's
 * `event/eventcontext_v1.go`, and no control characters (CloudEvents 1.0, type String).
 */
export function faultOf({ attributes }: CloudEvent): string | null {
  for (const name of REQUIRED) {
    if ((attributes.get(name) ?? "").trim() === "") return `${name}: must be a non-empty string`;
  }
  for (const [name, value] of attributes) {
    if (!CORE.has(name) && !/^[a-z0-9]+$/.test(name)) {
      return `${shown(name)}: extension names are lower-case letters and digits`;
    }
    if (CONTROL.test(value)) return `${name}: must not hold control characters`;
  }
  return (
    fault(attributes, "source", isUriReference, "must be a URI reference") ??
    fault(attributes, "time", isTimestamp, "must be an RFC 3339 timestamp") ??
    fault(attributes, "datacontenttype", (text) => MEDIA_TYPE.test(text), "must be a media type") ??
    fault(
      attributes,
      "dataschema",
      (text) => /^[A-Za-z][A-Za-z0-9+.-]*:./.test(text),
      "must be an absolute URI",
    )
  );
}

function fault(
  attributes: ReadonlyMap<string, string>,
  name: string,
  isValid: (text: string) => boolean,
  message: string,
): string | null {
  const value = attributes.get(name);
  return value === undefined || isValid(value) ? null : `${name}: ${message}`;
}

/** As lenient as Go's url.Parse: only a broken percent escape makes it fail. */
function isUriReference(text: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(text);
}

function isTimestamp(text: string): boolean {
  return RFC3339.test(text) && !Number.isNaN(Date.parse(text));
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 40));
