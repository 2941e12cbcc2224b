import { createHash, randomBytes } from "node:crypto";
import { serviceAccountUser } from "./rbac.ts";
import type { User } from "./rbac.ts";

/** Bearer tokens of service accounts: random, known to this cluster alone, good until it ends. */
export class Tokens {
  readonly #byAccount = new Map<string, string>();
  readonly #users = new Map<string, User>();
  #elsewhere = 0;

  /** The same token for the same account. */
  of(namespace: string, serviceAccount: string): string {
    const account = `${namespace}/${serviceAccount}`;
    const known = this.#byAccount.get(account);
    if (known !== undefined) return known;
    const token = `vigie-${randomBytes(24).toString("base64url")}`;
    this.#byAccount.set(account, token);
    this.#users.set(digest(token), serviceAccountUser(namespace, serviceAccount));
    return token;
  }

  /** One for other readers than this API, which does not take it. */
  forOthers(): string {
    this.#elsewhere += 1;
    return `vigie-other-audience-${this.#elsewhere}-${randomBytes(24).toString("base64url")}`;
  }

  user(token: string): User | null {
    return this.#users.get(digest(token)) ?? null;
  }
}

/** Looked up by digest, so that how long the look-up takes tells nothing about the token. */
const digest = (token: string): string => createHash("sha256").update(token).digest("base64");
