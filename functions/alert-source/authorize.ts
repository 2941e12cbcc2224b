import { readFile } from "node:fs/promises";
import { AppError, TransientError } from "../../shared/errors.ts";

/** Lets a request pass by its Authorization header, or throws. */
export type Authorize = (header: string | string[] | undefined) => Promise<void>;

/**
 * Asks for the bearer token in `file`; without a file everyone may send. A newline at the end of
 * the file is not part of the token, as with Alertmanager's `credentials_file`.
 * @throws AppError 401 UNAUTHORIZED when the header has another token or none.
 * @throws TransientError TOKEN_UNREADABLE when the file cannot be read or is empty.
 */
export function createAuthorize(file: string | undefined): Authorize {
  if (file === undefined) return async () => {};
  return async (header) => {
    const expected = await readToken(file);
    const given = /^Bearer +(\S+)$/i.exec(typeof header === "string" ? header : "")?.[1] ?? "";
    // Loaded only where there is a token: it takes a tenth of a cold start.
    const { createHash, timingSafeEqual } = await import("node:crypto");
    // Digests are of equal length for every token: only then can they be compared in constant time.
    const digest = (token: string) => createHash("sha256").update(token).digest();
    if (!timingSafeEqual(digest(given), digest(expected))) {
      throw new AppError("UNAUTHORIZED", 401, "a valid bearer token is needed");
    }
  };
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new TransientError("TOKEN_UNREADABLE", "the token file cannot be read", { cause });
  });
  const token = text.trim();
  if (token === "") throw new TransientError("TOKEN_UNREADABLE", "the token file is empty");
  return token;
}
