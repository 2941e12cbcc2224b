import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Response } from "express";

/**
 * Held back until the end is known, so that an answer up to here has an ETag and may be a 304.
 * Some 5,000 pods; what is longer is streamed from then on, and has none.
 */
const MAX_HELD_BYTES = 1024 * 1024;

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
  // Bytes, not texts: they are outside the heap, where the garbage collector does not move them.
  let held: Buffer[] | null = [];
  let heldBytes = 0;
  let body: Writable | null = null;

  /** zlib is loaded for those who ask for it. */
  async function open(etag: string | null, afterBegin?: Buffer): Promise<Writable> {
    const opened = isGzip ? (await import("node:zlib")).createGzip() : response;
    response.writeHead(200, {
      "content-type": contentType,
      ...(isGzip ? { "content-encoding": "gzip" } : {}),
      ...(etag === null ? {} : { etag }),
      ...(isGzip || afterBegin === undefined
        ? {}
        : { "content-length": Buffer.byteLength(begin) + afterBegin.length }),
      ...COMMON,
    });
    if (opened !== response) {
      opened.pipe(response);
      // The reader has left: what is packed and not yet fetched goes, too.
      signal.addEventListener("abort", () => opened.destroy(), { once: true });
    }
    opened.write(begin);
    return opened;
  }

  async function send(into: Writable, bytes: Buffer): Promise<void> {
    if (!into.write(bytes)) await once(into, "drain", { signal });
  }

  return {
    async write(text) {
      const bytes = Buffer.from(text);
      if (held !== null) {
        held.push(bytes);
        heldBytes += bytes.length;
        if (heldBytes <= MAX_HELD_BYTES) return;
        body = await open(null);
        const first = Buffer.concat(held);
        held = null;
        await send(body, first);
      } else if (body !== null) await send(body, bytes);
    },
    async end(text) {
      if (held === null) {
        body?.end(text);
        return;
      }
      const whole = Buffer.concat([...held, Buffer.from(text)]);
      const etag = await etagOf(contentType, whole);
      if (isKnown(known, etag)) {
        response.writeHead(304, { etag, ...COMMON }).end();
        return;
      }
      (await open(etag, whole)).end(whole);
    },
  };
}

const COMMON = {
  vary: "accept, accept-encoding",
  // To be kept, and asked about each time.
  "cache-control": "private, no-cache",
  "x-content-type-options": "nosniff",
};

/** Weak: the same labels, packed or not, read at whatever time. */
async function etagOf(contentType: string, bytes: Buffer): Promise<string> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(`${contentType}\n`).update(bytes);
  return `W/"${hash.digest("hex").slice(0, 32)}"`;
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
