import { join } from "node:path";
import { AppError, TransientError } from "../../shared/errors.ts";
import { readTextFile } from "../../shared/read-text-file.ts";

/** Lets a request pass by its Authorization header, or throws. */
export type Authorize = (header: string | string[] | undefined) => Promise<void>;

/** Where the secrets are; each may be absent. Read at each request, so they may be rotated. */
export type Secrets = {
  /** File with a bearer token. */
  tokenFile?: string | undefined;
  /** Folder with the files `username` and `password`: a mounted kubernetes.io/basic-auth Secret. */
  basicFolder?: string | undefined;
};

/**
 * Asks for the bearer token, or for user and password; where both are set up, either will do.
 * Without any everyone may send. A newline at the end of a file is not part of the secret, as with
 * Alertmanager's `credentials_file` and `password_file`.
 * @throws AppError 401 UNAUTHORIZED when the header has another secret or none.
 * @throws TransientError SECRET_UNREADABLE when a file cannot be read or is empty.
 */
export function createAuthorize({ tokenFile, basicFolder }: Secrets): Authorize {
  if (tokenFile === undefined && basicFolder === undefined) return async () => {};
  return async (header) => {
    const expected = await Promise.all([
      ...(tokenFile === undefined ? [] : [readToken(tokenFile)]),
      ...(basicFolder === undefined ? [] : [readBasic(basicFolder)]),
    ]);
    const given = credentialOf(typeof header === "string" ? header : "");
    // Loaded only where there is a secret: it takes a tenth of a cold start.
    const { createHash, timingSafeEqual } = await import("node:crypto");
    // Digests are of equal length for every secret: only then can they be compared in constant time.
    const digest = (secret: string) => createHash("sha256").update(secret).digest();
    // Each is compared, so that the time does not say which of them was nearer.
    const matches = expected.map((each) => timingSafeEqual(digest(given), digest(each)));
    if (!matches.includes(true)) {
      throw new AppError("UNAUTHORIZED", 401, "a valid bearer token or user is needed");
    }
  };
}

/** The credential with its scheme in front, so that a token is never taken for a password. */
function credentialOf(header: string): string {
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return `bearer ${bearer}`;
  const basic = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  return basic === undefined ? "" : `basic ${Buffer.from(basic, "base64").toString("utf8")}`;
}

async function readToken(file: string): Promise<string> {
  return `bearer ${await readSecret(file)}`;
}

async function readBasic(folder: string): Promise<string> {
  const files = [join(folder, "username"), join(folder, "password")];
  const [username, password] = await Promise.all(files.map((file) => readSecret(file)));
  return `basic ${username}:${password}`;
}

async function readSecret(file: string): Promise<string> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new TransientError("SECRET_UNREADABLE", "a secret's file cannot be read", { cause });
  });
  const secret = text.trim();
  if (secret === "") throw new TransientError("SECRET_UNREADABLE", "a secret's file is empty");
  return secret;
}
