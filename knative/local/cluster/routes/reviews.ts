import { at, isRecord, textOf } from "../kube-object.ts";
import { allows, allowsPath, rulesFor, userOf } from "../rbac.ts";
import type { User } from "../rbac.ts";
import { badRequest } from "../status-error.ts";
import type { Store } from "../store.ts";
import { readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";

const text = (value: unknown, field: string): string => textOf(at(value, field));

function decide(store: Store, user: User, spec: unknown): { allowed: boolean } {
  const resource = at(spec, "resourceAttributes");
  if (isRecord(resource)) {
    const subresource = text(resource, "subresource");
    const plain = text(resource, "resource");
    return {
      allowed: allows(store, user, {
        verb: text(resource, "verb"),
        group: text(resource, "group"),
        resource: subresource === "" ? plain : `${plain}/${subresource}`,
        namespace: text(resource, "namespace"),
        name: text(resource, "name"),
      }),
    };
  }
  const path = at(spec, "nonResourceAttributes");
  if (!isRecord(path)) {
    throw badRequest(
      "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    );
  }
  return { allowed: allowsPath(store, user, text(path, "verb"), text(path, "path")) };
}

function reviewedUser(spec: unknown): User {
  const groups = at(spec, "groups");
  return userOf(text(spec, "user"), Array.isArray(groups) ? groups.map(String) : []);
}

function rulesReview(store: Store, user: User, namespace: string) {
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  const rules = user.admin ? [everything] : rulesFor(store, user, namespace);
  const listed = (field: string) => rules.filter((rule) => Array.isArray(at(rule, field)));
  return {
    resourceRules: listed("resources"),
    nonResourceRules: user.admin
      ? [{ verbs: ["*"], nonResourceURLs: ["*"] }]
      : listed("nonResourceURLs"),
    incomplete: false,
  };
}

/** Answers the access and identity reviews; null for another plural. */
export async function reviewRoute(
  exchange: Exchange,
  plural: string,
  store: Store,
): Promise<Answer | null> {
  const { user } = exchange;
  const body = (await readBody(exchange)) ?? {};
  const spec = at(body, "spec");
  const authorization = "authorization.k8s.io/v1";
  const answer = (kind: string, apiVersion: string, status: unknown): Answer => ({
    code: 201,
    body: { kind, apiVersion, metadata: {}, spec: spec ?? {}, status },
  });
  switch (plural) {
    case "selfsubjectaccessreviews":
      return answer("SelfSubjectAccessReview", authorization, decide(store, user, spec));
    case "subjectaccessreviews":
      return answer("SubjectAccessReview", authorization, decide(store, reviewedUser(spec), spec));
    case "selfsubjectrulesreviews":
      return answer(
        "SelfSubjectRulesReview",
        authorization,
        rulesReview(store, user, text(spec, "namespace")),
      );
    case "selfsubjectreviews":
      return answer("SelfSubjectReview", "authentication.k8s.io/v1", {
        userInfo: { username: user.name, groups: user.groups },
      });
    default:
      return null;
  }
}
