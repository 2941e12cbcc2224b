import { at, isRecord, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { knownResource } from "./resources.ts";
import type { Store } from "./store.ts";

/** Who asks. Over plain http kubectl sends no token: whoever can reach the port is the admin. */
export type User = { name: string; groups: readonly string[]; admin: boolean };

/** Who is of `system:masters` may do everything, whatever the rules say. */
export const userOf = (name: string, groups: readonly string[]): User => ({
  name,
  groups,
  admin: groups.includes("system:masters"),
});

export const laptopAdmin: User = userOf("kubernetes-admin", [
  "system:masters",
  "system:authenticated",
]);

export const serviceAccountUser = (namespace: string, name: string): User =>
  userOf(`system:serviceaccount:${namespace}:${name}`, [
    "system:serviceaccounts",
    `system:serviceaccounts:${namespace}`,
    "system:authenticated",
  ]);

/** The account that a user's name stands for; null for any other user. */
export function serviceAccountOf(user: string): { namespace: string; name: string } | null {
  const found = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  return found === null ? null : { namespace: found[1] ?? "", name: found[2] ?? "" };
}

export type Attributes = {
  verb: string;
  group: string;
  /** With the subresource: `pods/resize`. */
  resource: string;
  /** "" when the request is not about one namespace. */
  namespace: string;
  /** "" when the request is about a collection. */
  name: string;
};

const roles = knownResource("rbac.authorization.k8s.io/v1", "Role");
const roleBindings = knownResource("rbac.authorization.k8s.io/v1", "RoleBinding");
const clusterRoles = knownResource("rbac.authorization.k8s.io/v1", "ClusterRole");
const clusterRoleBindings = knownResource("rbac.authorization.k8s.io/v1", "ClusterRoleBinding");

const stringsOf = (rule: unknown, field: string): string[] => {
  const list = at(rule, field);
  return Array.isArray(list) ? list.map(String) : [];
};

/** A rule of a Role as it is: unknown until looked at. */
export type Rule = unknown;

const subresourceOf = (resource: string): string => {
  const slash = resource.indexOf("/");
  return slash < 0 ? "" : `*${resource.slice(slash)}`;
};

/** Whether one rule allows a request for a resource. */
function ruleAllows(rule: Rule, attributes: Attributes): boolean {
  const has = (field: string, ...wanted: string[]): boolean => {
    const list = stringsOf(rule, field);
    return list.includes("*") || wanted.some((item) => item !== "" && list.includes(item));
  };
  const names = stringsOf(rule, "resourceNames");
  const groups = stringsOf(rule, "apiGroups");
  return (
    has("verbs", attributes.verb) &&
    (groups.includes("*") || groups.includes(attributes.group)) &&
    has("resources", attributes.resource, subresourceOf(attributes.resource)) &&
    (names.length === 0 || (attributes.name !== "" && names.includes(attributes.name)))
  );
}

const pathAllows = (rule: Rule, verb: string, path: string): boolean =>
  (stringsOf(rule, "verbs").includes("*") || stringsOf(rule, "verbs").includes(verb)) &&
  stringsOf(rule, "nonResourceURLs").some(
    (url) =>
      url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1))),
  );

function isSubject(binding: KubeObject, user: User): boolean {
  const subjects = binding["subjects"];
  return (Array.isArray(subjects) ? subjects : []).some((subject: unknown) => {
    const name = String(at(subject, "name"));
    switch (at(subject, "kind")) {
      case "User":
        return name === user.name;
      case "Group":
        return user.groups.includes(name);
      case "ServiceAccount": {
        const namespace = textOf(at(subject, "namespace")) || (binding.metadata.namespace ?? "");
        return user.name === `system:serviceaccount:${namespace}:${name}`;
      }
      default:
        return false;
    }
  });
}

function rulesOf(store: Store, binding: KubeObject): Rule[] {
  const name = String(at(binding, "roleRef", "name"));
  const role =
    at(binding, "roleRef", "kind") === "Role"
      ? store.get(roles, binding.metadata.namespace, name)
      : store.get(clusterRoles, undefined, name);
  const rules = isRecord(role) ? role["rules"] : undefined;
  return Array.isArray(rules) ? rules : [];
}

/** Every rule that `user` has in `namespace` ("" for cluster-wide ones only). */
export function rulesFor(store: Store, user: User, namespace: string): Rule[] {
  const bindings = [
    ...store.objects(clusterRoleBindings),
    ...(namespace === "" ? [] : store.objects(roleBindings, namespace)),
  ];
  return bindings
    .filter((binding) => isSubject(binding, user))
    .flatMap((binding) => rulesOf(store, binding));
}

/** What everyone with a valid identity may ask (`system:basic-user`). */
const selfReviews = new Set([
  "selfsubjectaccessreviews",
  "selfsubjectrulesreviews",
  "selfsubjectreviews",
]);

export function allows(store: Store, user: User, attributes: Attributes): boolean {
  if (user.admin || selfReviews.has(attributes.resource)) return true;
  return rulesFor(store, user, attributes.namespace).some((rule) => ruleAllows(rule, attributes));
}

/** Open to every identity (`system:discovery`, `system:public-info-viewer`). */
const discovery = /^\/(api|apis|openapi|version|healthz|livez|readyz)(\/|$)/;

export const allowsPath = (store: Store, user: User, verb: string, path: string): boolean =>
  user.admin ||
  discovery.test(path) ||
  rulesFor(store, user, "").some((rule) => pathAllows(rule, verb, path));

/** The reason in the words of kube-apiserver. */
export function denial(user: User, attributes: Attributes): string {
  const scope =
    attributes.namespace === ""
      ? "at the cluster scope"
      : `in the namespace "${attributes.namespace}"`;
  return `User "${user.name}" cannot ${attributes.verb} resource "${attributes.resource}" in API group "${attributes.group}" ${scope}`;
}
