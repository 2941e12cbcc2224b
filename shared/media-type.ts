/** The parts of a Content-Type that decide how a body is read. Lower case. */
export type MediaType = {
  /** `type/subtype` without parameters. */
  readonly essence: string;
  /** null when none is given. */
  readonly charset: string | null;
};

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)/;

/** A process meets few of them, over and over; bounded, for the header is a stranger's. */
const seen = new Map<string, MediaType>();
const MAX_SEEN = 64;

/** Never fails: what is no media type is one that nobody knows. */
export function parseMediaType(header: string): MediaType {
  const known = seen.get(header);
  if (known !== undefined) return known;
  const lower = header.toLowerCase();
  const [essence = ""] = lower.split(";", 1);
  const type = { essence: essence.trim(), charset: CHARSET.exec(lower)?.[1] ?? null };
  if (seen.size < MAX_SEEN) seen.set(header, type);
  return type;
}

export function isJson({ essence }: MediaType): boolean {
  return essence === "application/json" || essence === "text/json" || essence.endsWith("+json");
}

export function isText({ essence, charset }: MediaType): boolean {
  return (
    charset !== null ||
    essence.startsWith("text/") ||
    essence === "application/xml" ||
    essence.endsWith("+xml") ||
    essence === "application/x-www-form-urlencoded"
  );
}
