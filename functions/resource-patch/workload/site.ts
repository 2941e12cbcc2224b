import type { Owner } from "../../../shared/events/load.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import type { Change } from "../change.ts";
import type { Context } from "../context.ts";
import type { Regarding } from "../record-settled.ts";
import { type Target, targetPath } from "./target.ts";

/** What is written, and where. */
export type Site = { kube: KubeClient; path: string; owner: Owner };

/** null for a kind that we do not write. */
export function siteOf({ target }: Pick<Change, "target">, { kube }: Context): Site | null {
  const path = target === null ? null : targetPath(target);
  return target === null || path === null ? null : { kube, path, owner: target };
}

/** Who is told of a change: what is written, and the pod that it is for. */
export function regarding(
  { apiVersion, kind, namespace, name }: Owner,
  { metadata: { uid } }: Target,
  { pod }: Pick<Change, "pod">,
): Regarding[] {
  return [
    { apiVersion, kind, namespace, name, uid },
    { apiVersion: "v1", kind: "Pod", ...pod },
  ];
}
