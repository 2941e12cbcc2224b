import type { CustomKind } from "./custom/custom-kind.ts";

/** One kind the API serves: what discovery says about it and how it behaves. */
export type Resource = {
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  subresources: readonly ("status" | "scale" | "resize" | "log" | "token" | "eviction")[];
  /** Built-in kinds take strategic merge patches and have defaults; custom ones answer 415. */
  builtin: boolean;
  /** A PUT creates what is not there (`AllowCreateOnUpdate`). */
  createdByUpdate: boolean;
  /** Collections of it may be deleted. */
  deletedAsCollection: boolean;
  /** `metadata.generation` follows the spec. */
  generation: boolean;
  /** What its CustomResourceDefinition says; absent of a kind that is always served. */
  custom?: CustomKind;
  /** Where the objects are kept: two groups may share one storage (events). */
  storage: string;
};

type Extra = Partial<
  Pick<
    Resource,
    | "shortNames"
    | "categories"
    | "subresources"
    | "builtin"
    | "createdByUpdate"
    | "deletedAsCollection"
    | "generation"
    | "storage"
  > & { namespaced: boolean; singular: string }
>;

/** What a kind has unless it says otherwise, and how it differs. `groupVersion` as in `apiVersion`. */
export function resource(
  groupVersion: string,
  plural: string,
  kind: string,
  extra: Extra = {},
): Resource {
  const [left = "", right] = groupVersion.split("/");
  const group = right === undefined ? "" : left;
  return {
    group,
    version: right ?? left,
    plural,
    kind,
    singular: kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    subresources: [],
    builtin: true,
    createdByUpdate: false,
    deletedAsCollection: true,
    generation: false,
    storage: `${plural}.${group}`,
    ...extra,
  };
}

/** A kind that a CustomResourceDefinition has brought. */
export const customResource = (
  named: Pick<
    Resource,
    | "group"
    | "version"
    | "plural"
    | "kind"
    | "singular"
    | "namespaced"
    | "shortNames"
    | "categories"
    | "subresources"
  >,
  kind: CustomKind,
): Resource => ({
  ...resource(`${named.group}/${named.version}`, named.plural, named.kind),
  ...named,
  singular: named.singular || named.kind.toLowerCase(),
  builtin: false,
  generation: true,
  custom: kind,
});

export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}
