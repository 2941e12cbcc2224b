/** What CloudEvents allows in the name of an attribute. Also keeps `__proto__` and the like out. */
export const ATTRIBUTE_NAME = /^[a-z0-9]+$/;

/** The attributes that the specification names: all others are extensions. */
export const CORE_ATTRIBUTES: ReadonlySet<string> = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "dataschema",
  "datacontenttype",
]);

/** Code points a CloudEvents string must not have: controls and halves of surrogate pairs. */
const FORBIDDEN = /\p{Cc}|\p{Cs}/u;

/** Anything but printable ASCII: only then the dear look at code points is needed. */
const UNUSUAL = /[^ -~]/;

/** Whether the text may be the value of an attribute: https://cloudevents.io, "Type System". */
export function isAttributeText(text: string): boolean {
  return !UNUSUAL.test(text) || !FORBIDDEN.test(text);
}

/** What cannot stand for itself in a header: the binding names space, quote, percent, non-ASCII. */
const ENCODED = /[^!#$&-~]/;
const ENCODED_RUN = /[^!#$&-~]+/g;

/** Whether the text is an attribute text that stands for itself in a header; most are. */
export function isPlain(text: string): boolean {
  return !ENCODED.test(text);
}

/** An attribute value as a header: HTTP binding §3.1.3.2. The text must be an attribute text. */
export function encodeAttribute(text: string): string {
  return text.replaceAll(ENCODED_RUN, encodeURIComponent);
}

/** What needs a second look in a header: an escape, a tab, bytes beyond ASCII. */
const SUSPICIOUS = /[^ -$&-~]/;

/**
 * A header as an attribute value: UTF-8 bytes (sdk-go sends them raw; node:http shows them as
 * latin1) and percent escapes decoded, both left as they are where they are no valid UTF-8.
 * null when the text is none that an attribute may have.
 */
export function decodeAttribute(header: string): string | null {
  if (!SUSPICIOUS.test(header)) return header;
  const text = unescapePercent(fromRawUtf8(header));
  return isAttributeText(text) ? text : null;
}

function fromRawUtf8(header: string): string {
  const text = Buffer.from(header, "latin1").toString("utf8");
  return text.includes("\ufffd") ? header : text;
}

function unescapePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
