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
import { textOf } from "./kube-object.ts";
import { badRequest, forbidden, unauthorized } from "./status-error.ts";
import type { StatusError } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { Tokens } from "./tokens.ts";

/**
 * Who a request is from: its token's service account, else the laptop's admin; with
 * `Impersonate-User` (`kubectl --as`) the user named there, where the caller may take each part.
 * @throws StatusError 401 for a token this cluster has not given, 403 for who may not impersonate,
 * 400 for groups, a uid or more without a user.
 */
export function callerOf(headers: IncomingHttpHeaders, store: Store, tokens: Tokens): User {
  const caller = bearerOf(headers, tokens);
  const name = headers["impersonate-user"];
  const groups = groupsOf(headers);
  const uid = textOf(headers["impersonate-uid"]);
  const extra = extraOf(headers);
  if (name === undefined || name === "" || Array.isArray(name)) {
    if (groups.length === 0 && uid === "" && extra.length === 0) return caller;
    throw nameless(groups, uid, extra);
  }
  const account = serviceAccountOf(name);
  if (account === null) assertMay(store, caller, { plural: "users", name });
  else assertMay(store, caller, { plural: "serviceaccounts", ...account });
  for (const group of groups) assertMay(store, caller, { plural: "groups", name: group });
  const group = "authentication.k8s.io";
  if (uid !== "") assertMay(store, caller, { group, plural: "uids", name: uid });
  for (const [key, values] of extra) {
    const plural = `userextras/${key}`;
    for (const value of values) assertMay(store, caller, { group, plural, name: value });
  }
  const user =
    account !== null && groups.length === 0
      ? serviceAccountUser(account.namespace, account.name)
      : userOf(name, withAuthenticated(name, groups));
  return {
    ...user,
    ...(uid === "" ? {} : { uid }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

/** Go shows the user that would have been. */
function nameless(groups: readonly string[], uid: string, extra: readonly Extra[]): StatusError {
  const list = (texts: readonly string[]): string =>
    `[]string{${texts.map((text) => JSON.stringify(text)).join(", ")}}`;
  const shownGroups = groups.length === 0 ? "[]string(nil)" : list(groups);
  const shownExtra =
    extra.length === 0
      ? "map[string][]string(nil)"
      : `map[string][]string{${extra.map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`).join(", ")}}`;
  return badRequest(
    `requested &user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${shownGroups}, Extra:${shownExtra}} without impersonating a user name`,
  );
}

type Extra = [key: string, values: string[]];

const extraPrefix = "impersonate-extra-";

/** `Impersonate-Extra-acme.com%2fproject: a` as its key and values, by key. */
function extraOf(headers: IncomingHttpHeaders): Extra[] {
  return Object.entries(headers)
    .filter(([header]) => header.startsWith(extraPrefix))
    .map(([header, value]): Extra => [keyOf(header.slice(extraPrefix.length)), listOf(value)])
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function keyOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Node joins a header that comes more than once with `, `. */
const listOf = (value: string | string[] | undefined): string[] =>
  [value ?? []].flat().flatMap((text) => text.split(", ").filter((each) => each !== ""));

function bearerOf({ authorization }: IncomingHttpHeaders, tokens: Tokens): User {
  if (authorization === undefined) return laptopAdmin;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const user = token === undefined ? null : tokens.user(token);
  if (user === null) throw unauthorized();
  return user;
}

/** No group's name has a `, ` in it. */
const groupsOf = (headers: IncomingHttpHeaders): string[] => listOf(headers["impersonate-group"]);

/** Every user but the anonymous one is of this group: `pkg/endpoints/filters/impersonation`. */
function withAuthenticated(name: string, groups: readonly string[]): string[] {
  const own = name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  return groups.includes(own) ? [...groups] : [...groups, own];
}

type Part = { group?: string; plural: string; namespace?: string; name: string };

function assertMay(
  store: Store,
  user: User,
  { group = "", plural, namespace = "", name }: Part,
): void {
  const attributes = { verb: "impersonate", group, resource: plural, namespace, name };
  if (allows(store, user, attributes)) return;
  throw forbidden({ group, plural, kind: plural }, name, denial(user, attributes));
}
