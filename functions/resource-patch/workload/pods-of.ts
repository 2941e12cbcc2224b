import type { V1LabelSelector } from "@kubernetes/client-node";
import type { Owner } from "../../../shared/events/load.ts";
import { readWorkload } from "../../../shared/kube/owners.ts";
import { selectorText } from "../../../shared/kube/label-selector.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Context } from "../context.ts";
import type { Pod } from "../pod-facts.ts";
import { groupOf } from "../surroundings/group.ts";
import { listItems } from "../surroundings/list-items.ts";
import type { Target } from "./target.ts";

/**
 * The pods of a workload, at the end of whatever chain of owners; not those that are going away. Read
 * once for all that ask within a moment: when each of a thousand replicas has an alert, all do.
 */
export async function podsOf(
  context: Pick<Context, "kube" | "recent">,
  owner: Owner,
  target: Target,
): Promise<readonly Pod[]> {
  const key = `pods of ${target.metadata.uid}`;
  return await context.recent.read(key, () => readPodsOf(context, owner, target));
}

async function readPodsOf(
  { kube, recent }: Pick<Context, "kube" | "recent">,
  owner: Owner,
  target: Target,
): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/${pathSegment(owner.namespace)}/pods`;
  const labelSelector = podSelector(owner, target);
  const selectors = labelSelector === "" ? {} : { labelSelector };
  const all = await listItems(
    kube,
    path,
    ({ metadata, status }: Pod): Pod => {
      return { metadata, ...(status === undefined ? {} : { status }) };
    },
    selectors,
  );
  const alive = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const owners = await Promise.all(
    alive.map(async ({ metadata }) => (await readWorkload(kube, metadata, recent)).owner),
  );
  return alive.filter((_, index) => {
    const found = owners[index];
    return (
      found?.kind === owner.kind &&
      found.name === owner.name &&
      groupOf(found.apiVersion) === groupOf(owner.apiVersion)
    );
  });
}

/** By what the API server picks them; those of others among them have other owners. */
function podSelector({ kind, name }: Owner, { spec }: Target): string {
  // https://knative.dev/docs/serving/services/ and the Job controller label their pods so.
  if (kind === "Service") return `serving.knative.dev/service=${name}`;
  if (kind === "CronJob") return "batch.kubernetes.io/job-name";
  return selectorText(spec?.["selector"] as V1LabelSelector | undefined);
}
