import type { ControllerParts } from "./controller-parts.ts";
import type { KubeObject } from "./kube-object.ts";
import { controllerReference } from "./replica-set.ts";
import { controllerRevisions } from "./resources.ts";
import type { Workload } from "./workload-types.ts";

/** What both controllers keep where nothing is said. */
const usualLimit = 10;

const numberOf = (revision: KubeObject): number => Number(revision["revision"] ?? 0);

/**
 * Keeps the template of a StatefulSet or DaemonSet as its newest revision, where `kubectl rollout
 * history` and `undo` look: one that comes back gets the next number.
 */
export function keepRevision(
  { store }: ControllerParts,
  set: Workload,
  name: string,
  labels: Record<string, string>,
): void {
  const { namespace = "", uid } = set.metadata;
  const own = store
    .objects(controllerRevisions, namespace)
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) === true)
    .toSorted((left, right) => numberOf(left) - numberOf(right));
  const newest = own.at(-1);
  if (newest?.metadata.name === name) return;
  const revision = (newest === undefined ? 0 : numberOf(newest)) + 1;
  const known = own.find(({ metadata }) => metadata.name === name);
  if (known === undefined) {
    store.create(controllerRevisions, {
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: {
        name,
        namespace,
        labels: { ...set.spec.template.metadata?.labels, ...labels },
        ownerReferences: [controllerReference(set)],
      },
      data: { spec: { template: { ...set.spec.template, $patch: "replace" } } },
      revision,
    });
  } else store.update(controllerRevisions, { ...known, revision });
  const limit = set.spec["revisionHistoryLimit"];
  const kept = typeof limit === "number" ? limit : usualLimit;
  const old = own.filter(({ metadata }) => metadata.name !== name);
  for (const { metadata } of old.slice(0, Math.max(0, old.length - kept))) {
    store.remove(controllerRevisions, namespace, metadata.name);
  }
}
