import { z } from "zod";
import type { Login } from "../../../shared/kube/login.ts";
import type { ApiServerSource } from "../manifests/api-server-source.ts";
import { selectorText } from "../../../shared/kube/label-selector.ts";
import { getJson } from "./kube-watch.ts";

/** A list of the API that can be watched, of one namespace or of all. */
export type Collection = {
  path: string;
  plural: string;
  /** "" is the core group. */
  group: string;
  /** Null: of no namespace, or of all of them. */
  namespace: string | null;
};

const ResourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
const Names = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })).nullable(),
});

/**
 * Where the objects of a kind are that the source looks at. Namespaces are selected now.
 * @throws Error when the cluster does not serve the kind, or no namespace is selected.
 */
export async function collectionsOf(
  login: Login,
  source: ApiServerSource,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  signal: AbortSignal,
): Promise<Collection[]> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = ResourceList.parse(await getJson(login, root, signal));
  // Subresources have the kind of their parent and a slash in their name.
  const found = resources.find((one) => one.kind === kind && !one.name.includes("/"));
  if (found === undefined) throw new Error("the cluster does not serve this kind");
  const { name: plural, namespaced } = found;
  const namespaces = namespaced ? await namespacesOf(login, source, signal) : null;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return namespaces === null
    ? [{ path: `${root}/${plural}`, plural, group, namespace: null }]
    : namespaces.map((namespace) => {
        return { path: `${root}/namespaces/${namespace}/${plural}`, plural, group, namespace };
      });
}

/** Null: all of them. */
async function namespacesOf(
  login: Login,
  { namespaceSelector, namespace }: ApiServerSource,
  signal: AbortSignal,
): Promise<string[] | null> {
  if (namespaceSelector === null) return [namespace];
  const text = selectorText(namespaceSelector);
  if (text === "") return null;
  const query = new URLSearchParams({ labelSelector: text }).toString();
  const { items } = Names.parse(await getJson(login, `/api/v1/namespaces?${query}`, signal));
  if (items === null || items.length === 0) throw new Error(`no namespace has ${text}`);
  return items.map(({ metadata }) => metadata.name);
}
