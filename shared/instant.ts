import * as z from "zod/mini";

/** A moment as text: RFC 3339, with any offset. */
export const Instant = z.iso.datetime({ offset: true });
