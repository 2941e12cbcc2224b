import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Response } from "express";

/**
 * Held back until the end is known, so that an answer up to here has an ETag and may be a 304.
 * Some 5,000 pods; what is longer is streamed from then on, and has none.
 */
const MAX_HELD_CHARACTERS = 1024 * 1024;

/** The body of an answer, piece by piece. Nothing is sent before the first piece has come. */
export type LabelsAnswer = {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
  end(text: string): Promise<void>;
};

/**
 * `begin` is the part that differs each time (it says when): it is sent first and does not count
 * for the ETag. `known` is If-None-Match as it is.
 */
export function createAnswer(
  response: Response,
  options: {
    contentType: string;
    isGzip: boolean;
    known: string | undefined;
    begin: string;
    signal: AbortSignal;
  },
): LabelsAnswer {
  const { contentType, isGzip, known, begin, signal } = options;
  let held: string[] | null = [];
  let characters = 0;
  let body: Writable | null = null;

  /** zlib is loaded for those who ask for it. */
  async function open(etag: string | null): Promise<Writable> {
    const opened = isGzip ? (await import("node:zlib")).createGzip() : response;
    response.writeHead(200, {
      "content-type": contentType,
      ...(isGzip ? { "content-encoding": "gzip" } : {}),
      ...(etag === null ? {} : { etag }),
      ...COMMON,
    });
    if (opened !== response) opened.pipe(response);
    opened.write(begin);
    return opened;
  }

  async function send(into: Writable, text: string): Promise<void> {
    if (!into.write(text)) await once(into, "drain", { signal });
  }

  return {
    async write(text) {
      if (held !== null) {
        held.push(text);
        characters += text.length;
        if (characters <= MAX_HELD_CHARACTERS) return;
        body = await open(null);
        const first = held.join("");
        held = null;
        await send(body, first);
      } else if (body !== null) await send(body, text);
    },
    async end(text) {
      if (held === null) {
        body?.end(text);
        return;
      }
      const whole = `${held.join("")}${text}`;
      const etag = await etagOf(`${contentType}\n${whole}`);
      if (isKnown(known, etag)) {
        response.writeHead(304, { etag, ...COMMON }).end();
        return;
      }
      (await open(etag)).end(whole);
    },
  };
}

const COMMON = {
  vary: "accept-encoding",
  // To be kept, and asked about each time.
  "cache-control": "private, no-cache",
  "x-content-type-options": "nosniff",
};

/** Weak: the same labels, packed or not, read at whatever time. */
async function etagOf(text: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  return `W/"${createHash("sha256").update(text).digest("hex").slice(0, 32)}"`;
}

/** RFC 9110, If-None-Match: a list, or `*`; compared weakly. */
function isKnown(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  const bare = etag.slice(2);
  return known.split(",").some((each) => {
    const given = each.trim().replace(/^W\//, "");
    return given === "*" || given === bare;
  });
}
