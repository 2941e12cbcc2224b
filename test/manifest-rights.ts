import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";

const base = resolve(import.meta.dirname, "../knative/base");

type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };
type Manifest = {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
};

/** One thing that a service account may do, as small as a rule can be cut. */
export type Right = {
  user: string;
  verb: string;
  group: string;
  resource: string;
  /** null: of any name. */
  name: string | null;
};

/** "system:serviceaccount:vigie:console patch configmaps console-journal" */
export const show = ({ user, verb, group, resource, name }: Right): string =>
  [user, verb, group === "" ? resource : `${resource}.${group}`, name ?? ""].join(" ").trim();

/** What the manifests of knative/base let each service account do. */
export function manifestRights(): Right[] {
  const manifests = globSync(join(base, "*.yaml"))
    .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8")))
    .map((document) => document.toJS() as Manifest);
  return manifests
    .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
    .flatMap(({ metadata, roleRef, subjects = [] }) => {
      const role = manifests.find(
        (one) =>
          one.kind === roleRef?.kind &&
          one.metadata.name === roleRef.name &&
          (one.kind === "ClusterRole" || one.metadata.namespace === metadata.namespace),
      );
      return subjects.flatMap(({ namespace = metadata.namespace, name }) =>
        (role?.rules ?? []).flatMap((rule) =>
          cut(rule, `system:serviceaccount:${namespace}:${name}`),
        ),
      );
    });
}

function cut({ apiGroups, resources, verbs, resourceNames }: Rule, user: string): Right[] {
  const names: (string | null)[] = resourceNames ?? [null];
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name) => ({ user, verb, group, resource, name }))),
    ),
  );
}
