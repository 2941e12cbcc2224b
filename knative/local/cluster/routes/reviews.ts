import { toTime } from "../clock.ts";
import { at, isRecord, textOf } from "../kube-object.ts";
import { reasonFor, reasonForPath, rulesFor, rulesOfEveryone, userOf } from "../rbac.ts";
import type { User } from "../rbac.ts";
import { badRequest, invalid, invalidValue } from "../status-error.ts";
import type { Cause } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Tokens } from "../tokens.ts";
import { assertBody, readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";

const text = (value: unknown, field: string): string => textOf(at(value, field));

/** The kind is not in these messages of kube-apiserver. */
const refused = (cause: Cause) =>
  invalid({ group: "authorization.k8s.io", plural: "", kind: "" }, "", [cause]);

function reasonOf(store: Store, user: User, spec: unknown): string | null {
  const resource = at(spec, "resourceAttributes");
  const path = at(spec, "nonResourceAttributes");
  if (isRecord(resource) && isRecord(path)) {
    const why = "cannot be specified in combination with resourceAttributes";
    const shown = { Path: text(path, "path"), Verb: text(path, "verb") };
    throw refused(invalidValue("spec.nonResourceAttributes", shown, why));
  }
  if (isRecord(resource)) {
    const subresource = text(resource, "subresource");
    const plain = text(resource, "resource");
    return reasonFor(store, user, {
      verb: text(resource, "verb"),
      group: text(resource, "group"),
      resource: subresource === "" ? plain : `${plain}/${subresource}`,
      namespace: text(resource, "namespace"),
      name: text(resource, "name"),
    });
  }
  if (!isRecord(path)) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    throw refused(invalidValue("spec.resourceAttributes", null, why));
  }
  return reasonForPath(store, user, text(path, "verb"), text(path, "path"));
}

function decide(store: Store, user: User, spec: unknown): { allowed: boolean; reason?: string } {
  const reason = reasonOf(store, user, spec);
  return { allowed: reason !== null, ...(reason ? { reason } : {}) };
}

/** @throws StatusError 422 when the review names nobody. */
function reviewedUser(spec: unknown): User {
  const listed = at(spec, "groups");
  const groups = Array.isArray(listed) ? listed.map(String) : [];
  const name = text(spec, "user");
  if (name === "" && groups.length === 0) {
    throw refused(invalidValue("spec.user", "", "at least one of user or group must be specified"));
  }
  return userOf(name, groups);
}

/** @throws StatusError 400 without a namespace. */
function rulesReview(store: Store, user: User, namespace: string) {
  if (namespace === "") throw badRequest("no namespace on request");
  const rules = rulesFor(store, user, namespace);
  const listed = (field: string) => rules.filter((rule) => Array.isArray(at(rule, field)));
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  const { resourceRules, nonResourceRules } = rulesOfEveryone;
  return {
    resourceRules: [...(user.admin ? [everything] : []), ...listed("resources"), ...resourceRules],
    nonResourceRules: [
      ...(user.admin ? [{ verbs: ["*"], nonResourceURLs: ["*"] }] : []),
      ...listed("nonResourceURLs"),
      ...nonResourceRules,
    ],
    incomplete: false,
  };
}

const toUserInfo = ({ name, groups, uid, extra }: User) => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

function tokenReview(tokens: Tokens, token: string) {
  const user = tokens.user(token);
  return user === null
    ? { user: {}, error: "[invalid bearer token, unknown to this cluster]" }
    : { authenticated: true, user: toUserInfo(user) };
}

/** Answers the access and identity reviews; null for another plural. */
export async function reviewRoute(
  exchange: Exchange,
  plural: string,
  { store, tokens }: { store: Store; tokens: Tokens },
  nowMs: number,
): Promise<Answer | null> {
  const { user } = exchange;
  const body = await readBody(exchange);
  const spec = at(body, "spec");
  const answer = (kind: string, group: string, rest: object, metadata: object = {}): Answer => {
    assertBody(body, kind);
    return { code: 201, body: { kind, apiVersion: `${group}/v1`, metadata, ...rest } };
  };
  const authorization = "authorization.k8s.io";
  const authentication = "authentication.k8s.io";
  switch (plural) {
    case "selfsubjectaccessreviews":
      return answer("SelfSubjectAccessReview", authorization, {
        spec: spec ?? {},
        status: decide(store, user, spec),
      });
    case "subjectaccessreviews":
    case "localsubjectaccessreviews": {
      const kind = plural.startsWith("local") ? "LocalSubjectAccessReview" : "SubjectAccessReview";
      const status = decide(store, reviewedUser(spec), spec);
      return answer(kind, authorization, { spec: spec ?? {}, status });
    }
    case "selfsubjectrulesreviews": {
      const status = rulesReview(store, user, text(spec, "namespace"));
      return answer("SelfSubjectRulesReview", authorization, { spec: {}, status });
    }
    case "selfsubjectreviews":
      return answer(
        "SelfSubjectReview",
        authentication,
        { status: { userInfo: toUserInfo(user) } },
        { creationTimestamp: toTime(nowMs) },
      );
    case "tokenreviews":
      return answer("TokenReview", authentication, {
        spec: spec ?? {},
        status: tokenReview(tokens, text(spec, "token")),
      });
    default:
      return null;
  }
}
