import { at, isRecord, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { knownResource } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { forbidden } from "./status-error.ts";
import type { Store } from "./store.ts";

/** Who asks. Over plain http kubectl sends no token: whoever can reach the port is the admin. */
export type User = {
  name: string;
  groups: readonly string[];
  admin: boolean;
  /** Said by who impersonates; no rule looks at it. */
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
};

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

/** The subject of a binding that a user is, as kube-apiserver writes it; null when none is. */
function subjectOf(binding: KubeObject, user: User): string | null {
  const subjects = binding["subjects"];
  for (const subject of Array.isArray(subjects) ? subjects : []) {
    const kind = at(subject, "kind");
    const name = String(at(subject, "name"));
    if (kind === "User" && name === user.name) return `User ${JSON.stringify(name)}`;
    if (kind === "Group" && user.groups.includes(name)) return `Group ${JSON.stringify(name)}`;
    if (kind === "ServiceAccount") {
      const namespace = textOf(at(subject, "namespace")) || (binding.metadata.namespace ?? "");
      if (user.name === `system:serviceaccount:${namespace}:${name}`) {
        return `ServiceAccount "${name}/${namespace}"`;
      }
    }
  }
  return null;
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

type Grant = { rule: Rule; binding: KubeObject; subject: string };

/** Every rule that `user` has in `namespace` ("" for cluster-wide ones only), and from where. */
function* grantsFor(store: Store, user: User, namespace: string): Generator<Grant> {
  const bindings = [
    ...store.objects(clusterRoleBindings),
    ...(namespace === "" ? [] : store.objects(roleBindings, namespace)),
  ];
  for (const binding of bindings) {
    const subject = subjectOf(binding, user);
    if (subject === null) continue;
    for (const rule of rulesOf(store, binding)) yield { rule, binding, subject };
  }
}

/** The rules that the bindings of this cluster give to `user`. */
export const rulesFor = (store: Store, user: User, namespace: string): Rule[] =>
  Array.from(grantsFor(store, user, namespace), ({ rule }) => rule);

function told({ binding, subject }: Grant): string {
  const { name, namespace } = binding.metadata;
  const where = namespace === undefined ? name : `${name}/${namespace}`;
  const role = `${String(at(binding, "roleRef", "kind"))} "${String(at(binding, "roleRef", "name"))}"`;
  return `RBAC: allowed by ${binding.kind} "${where}" of ${role} to ${subject}`;
}

/** What everyone with a valid identity may ask (`system:basic-user`). */
const selfReviews = new Set([
  "selfsubjectaccessreviews",
  "selfsubjectrulesreviews",
  "selfsubjectreviews",
]);

/** Why a request is allowed, in the words of kube-apiserver; null when it is not. */
export function reasonFor(store: Store, user: User, attributes: Attributes): string | null {
  if (user.admin) return "";
  if (selfReviews.has(attributes.resource) && user.groups.includes("system:authenticated"))
    return ofEveryone("system:basic-user");
  for (const grant of grantsFor(store, user, attributes.namespace)) {
    if (ruleAllows(grant.rule, attributes)) return told(grant);
  }
  return null;
}

const ofEveryone = (role: string): string =>
  `RBAC: allowed by ClusterRoleBinding "${role}" of ClusterRole "${role}" to Group "system:authenticated"`;

export const allows = (store: Store, user: User, attributes: Attributes): boolean =>
  reasonFor(store, user, attributes) !== null;

/** What every identity may do (`system:basic-user`, `system:discovery`, …). */
export const rulesOfEveryone = {
  resourceRules: [
    {
      verbs: ["create"],
      apiGroups: ["authorization.k8s.io"],
      resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {
      verbs: ["create"],
      apiGroups: ["authentication.k8s.io"],
      resources: ["selfsubjectreviews"],
    },
  ],
  nonResourceRules: [
    {
      verbs: ["get"],
      nonResourceURLs: [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
      ],
    },
    { verbs: ["get"], nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"] },
  ],
};

/**
 * Of a patch or an update that creates: allowed as such, and asked for again as what it is.
 * @throws StatusError 403.
 */
export function assertMayCreate(
  store: Store,
  user: User,
  { resource, namespace, name }: { resource: Resource; namespace: string; name: string },
): void {
  const { group, plural } = resource;
  const attributes = { verb: "create", group, resource: plural, namespace, name };
  if (allows(store, user, attributes)) return;
  throw forbidden(resource, name, denial(user, attributes));
}

/** Open to every identity (`system:discovery`, `system:public-info-viewer`). */
const discovery =
  /^\/((api|apis|openapi)(\/|$)|(version|healthz|livez|readyz)$|\.well-known\/openid-configuration$|openid\/v1\/jwks$)/;

/** Why a path that is no resource may be asked for; null when it may not. */
export function reasonForPath(store: Store, user: User, verb: string, path: string): string | null {
  if (user.admin) return "";
  if (discovery.test(path)) return ofEveryone("system:discovery");
  for (const grant of grantsFor(store, user, "")) {
    if (pathAllows(grant.rule, verb, path)) return told(grant);
  }
  return null;
}

/** The reason in the words of kube-apiserver. */
export function denial(user: User, attributes: Attributes): string {
  const scope =
    attributes.namespace === ""
      ? "at the cluster scope"
      : `in the namespace "${attributes.namespace}"`;
  return `User "${user.name}" cannot ${attributes.verb} resource "${attributes.resource}" in API group "${attributes.group}" ${scope}`;
}
