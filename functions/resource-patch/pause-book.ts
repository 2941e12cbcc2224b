import * as z from "zod/mini";
import { PermanentError, TransientError } from "../../shared/errors.ts";
import type { JournalStore } from "../../shared/kube/journal-store.ts";
import { safeParse } from "../../shared/parse.ts";
import { MAX_REQUESTS, Request, withRequest } from "./pauses.ts";

/** The pauses that were asked for, where they outlive every process. */
export type PauseBook = {
  /**
   * All requests that are kept. Calls that come together are one read.
   * @throws TransientError when they cannot be read: whoever does not know must not act.
   */
  read(): Promise<readonly Request[]>;
  /**
   * Resolves when it is kept; the same again changes nothing.
   * @throws PermanentError TOO_MANY_PAUSES. @throws TransientError when it cannot be written.
   */
  add(request: Request, now: string): Promise<void>;
};

const MAX_ATTEMPTS = 8;

const Requests = z.array(Request);

/** Reads nothing yet. */
export function createPauseBook(store: JournalStore): PauseBook {
  let reading: Promise<readonly Request[]> | null = null;
  return {
    read() {
      if (reading !== null) return reading;
      const own = store.read().then(({ text }) => parse(text));
      const forget = (): void => {
        if (reading === own) reading = null;
      };
      own.then(forget, forget);
      reading = own;
      return own;
    },
    async add(request, now) {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        const { text, version } = await store.read();
        const known = parse(text);
        const requests = withRequest(known, request, now);
        if (requests === null) {
          throw new PermanentError(
            "TOO_MANY_PAUSES",
            `${MAX_REQUESTS} pauses and ends of pauses are kept, and no more: pause a namespace, or all`,
          );
        }
        const next = JSON.stringify(requests);
        if (next !== text && (await store.write(next, version)) === null) continue;
        // A read that began before this must not answer those who ask after it.
        reading = null;
        return;
      }
      throw new TransientError("PAUSES_BUSY", "others kept writing the pauses at the same time");
    },
  };
}

/** @throws TransientError when it is not what we write: acting without knowing would be worse than waiting. */
function parse(text: string | null): readonly Request[] {
  if (text === null || text === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TransientError("PAUSES_UNREADABLE", "the stored pauses are not JSON", { cause });
  }
  const parsed = safeParse(Requests, value);
  if (!parsed.success) {
    throw new TransientError(
      "PAUSES_UNREADABLE",
      "the stored pauses are not what is written there",
    );
  }
  return [...parsed.data];
}
