import type { IncomingHttpHeaders } from "node:http";
import {
  allows,
  denial,
  laptopAdmin,
  serviceAccountOf,
  serviceAccountUser,
  userOf,
} from "./rbac.ts";
import type { User } from "./rbac.ts";
import { badRequest, forbidden, unauthorized } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { Tokens } from "./tokens.ts";

/**
 * Who a request is from: its token's service account, else the laptop's admin; with
 * `Impersonate-User` (`kubectl --as`) the user named there, where the caller may take that part.
 * `Impersonate-Uid` and `-Extra-…` are let through and change nothing: no rule here looks at them.
 * @throws StatusError 401 for a token this cluster has not given, 403 for who may not impersonate,
 * 400 for groups without a user.
 */
export function callerOf(headers: IncomingHttpHeaders, store: Store, tokens: Tokens): User {
  const caller = bearerOf(headers, tokens);
  const name = headers["impersonate-user"];
  const groups = groupsOf(headers);
  if (name === undefined || name === "" || Array.isArray(name)) {
    if (groups.length === 0) return caller;
    throw badRequest(`requested groups ${groups.join(", ")} without impersonating a user`);
  }
  const account = serviceAccountOf(name);
  if (account === null) assertMay(store, caller, "users", "", name);
  else assertMay(store, caller, "serviceaccounts", account.namespace, account.name);
  for (const group of groups) assertMay(store, caller, "groups", "", group);
  if (groups.length > 0) return userOf(name, withAuthenticated(name, groups));
  if (account !== null) return serviceAccountUser(account.namespace, account.name);
  return userOf(name, withAuthenticated(name, []));
}

function bearerOf({ authorization }: IncomingHttpHeaders, tokens: Tokens): User {
  if (authorization === undefined) return laptopAdmin;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const user = token === undefined ? null : tokens.user(token);
  if (user === null) throw unauthorized();
  return user;
}

/** Node joins a header that comes more than once with `, `; no group's name has one. */
function groupsOf({ "impersonate-group": given = [] }: IncomingHttpHeaders): string[] {
  return [given].flat().flatMap((text) => text.split(", ").filter((group) => group !== ""));
}

/** Every user but the anonymous one is of this group: `pkg/endpoints/filters/impersonation`. */
function withAuthenticated(name: string, groups: readonly string[]): string[] {
  const own = name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  return groups.includes(own) ? [...groups] : [...groups, own];
}

function assertMay(store: Store, user: User, plural: string, namespace: string, name: string) {
  const attributes = { verb: "impersonate", group: "", resource: plural, namespace, name };
  if (allows(store, user, attributes)) return;
  throw forbidden({ group: "", plural, kind: plural }, name, denial(user, attributes));
}
