import { apiVersionOf } from "./resource.ts";
import type { JsonRecord } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import type { ServerVersion } from "./server-version.ts";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

type Entry = Pick<
  Resource,
  "group" | "version" | "plural" | "singular" | "kind" | "namespaced" | "shortNames" | "categories"
> & { verbs: string[]; subresources: Resource["subresources"] };

const review = (group: string, plural: string, kind: string, namespaced = false): Entry => ({
  group,
  version: "v1",
  plural,
  singular: kind.toLowerCase(),
  kind,
  namespaced,
  shortNames: [],
  categories: [],
  verbs: ["create"],
  subresources: [],
});

const computed = (plural: string, kind: string, namespaced: boolean): Entry => ({
  ...review("metrics.k8s.io", plural, kind, namespaced),
  version: "v1beta1",
  singular: "",
  verbs: ["get", "list"],
});

const others: readonly Entry[] = [
  review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
  review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
  review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
  review("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
  review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  review("authentication.k8s.io", "tokenreviews", "TokenReview"),
  computed("nodes", "NodeMetrics", false),
  computed("pods", "PodMetrics", true),
];

const entriesOf = (kinds: readonly Resource[]): Entry[] => [
  ...kinds.map((kind) => ({
    ...kind,
    verbs: kind.deletedAsCollection ? verbs : verbs.filter((verb) => verb !== "deletecollection"),
  })),
  ...others,
];

const subresourceKinds: Readonly<
  Record<
    Resource["subresources"][number],
    { kind: string; group: string; version: string; verbs: string[] }
  >
> = {
  status: { kind: "", group: "", version: "", verbs: ["get", "patch", "update"] },
  resize: { kind: "", group: "", version: "", verbs: ["get", "patch", "update"] },
  log: { kind: "", group: "", version: "", verbs: ["get"] },
  scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] },
  token: { kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] },
  eviction: { kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
};

/** Group and version pairs in the order they are offered. */
export const groupVersionsOf = (
  kinds: readonly Resource[],
): { group: string; version: string }[] => [
  ...new Map(
    entriesOf(kinds).map(({ group, version }) => [`${group}/${version}`, { group, version }]),
  ).values(),
];

/** `APIResourceList` of one group and version, as that server has it; null when there is none. */
export function resourceList(
  kinds: readonly Resource[],
  group: string,
  version: string,
  { canResize }: Pick<ServerVersion, "canResize">,
): JsonRecord | null {
  const own = entriesOf(kinds).filter(
    (entry) => entry.group === group && entry.version === version,
  );
  if (own.length === 0) return null;
  return {
    kind: "APIResourceList",
    // The core group's list has none.
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: own.flatMap((entry) => [
      {
        name: entry.plural,
        singularName: entry.singular,
        namespaced: entry.namespaced,
        kind: entry.kind,
        verbs: entry.verbs,
        ...(entry.shortNames.length === 0 ? {} : { shortNames: entry.shortNames }),
        ...(entry.categories.length === 0 ? {} : { categories: entry.categories }),
      },
      ...entry.subresources.flatMap((subresource) => {
        if (subresource === "resize" && !canResize) return [];
        const sub = subresourceKinds[subresource];
        return {
          name: `${entry.plural}/${subresource}`,
          singularName: "",
          namespaced: entry.namespaced,
          ...(sub.kind === "" ? {} : { group: sub.group, version: sub.version }),
          kind: sub.kind === "" ? entry.kind : sub.kind,
          verbs: sub.verbs,
        };
      }),
    ]),
  };
}

/** All that is served, or the core group, in one answer: `APIGroupDiscoveryList`. */
export function aggregated(
  kinds: readonly Resource[],
  isCore: boolean,
  { canResize }: Pick<ServerVersion, "canResize">,
): JsonRecord {
  const entries = entriesOf(kinds);
  const groups = isCore ? [""] : groupNamesOf(kinds);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === "" ? {} : { name: group },
      versions: groupVersionsOf(kinds)
        .filter((entry) => entry.group === group)
        .map(({ version }) => ({
          version,
          resources: entries
            .filter((entry) => entry.group === group && entry.version === version)
            .map((entry) => aggregatedEntry(entry, canResize)),
          freshness: "Current",
        })),
    })),
  };
}

function aggregatedEntry(entry: Entry, canResize: boolean): JsonRecord {
  const subresources = entry.subresources
    .filter((subresource) => subresource !== "resize" || canResize)
    .map((subresource) => {
      const { kind, group, version, verbs: allowed } = subresourceKinds[subresource];
      const responseKind = { group, version, kind: kind === "" ? entry.kind : kind };
      return { subresource, responseKind, verbs: allowed };
    });
  return {
    resource: entry.plural,
    responseKind: { group: "", version: "", kind: entry.kind },
    scope: entry.namespaced ? "Namespaced" : "Cluster",
    singularResource: entry.singular,
    verbs: entry.verbs,
    ...(entry.shortNames.length === 0 ? {} : { shortNames: entry.shortNames }),
    ...(entry.categories.length === 0 ? {} : { categories: entry.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

const groupNamesOf = (kinds: readonly Resource[]): string[] =>
  [...new Set(entriesOf(kinds).map(({ group }) => group))].filter((group) => group !== "");

function apiGroup(kinds: readonly Resource[], name: string): JsonRecord {
  const versions = groupVersionsOf(kinds)
    .filter(({ group }) => group === name)
    .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

export const coreVersions: JsonRecord = {
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [],
};

export const groupList = (kinds: readonly Resource[]): JsonRecord => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: groupNamesOf(kinds).map((name) => apiGroup(kinds, name)),
});

/** Null when there is no such group. */
export const oneGroup = (kinds: readonly Resource[], name: string): JsonRecord | null =>
  groupNamesOf(kinds).includes(name)
    ? { kind: "APIGroup", apiVersion: "v1", ...apiGroup(kinds, name) }
    : null;
