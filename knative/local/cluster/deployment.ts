import { toTime } from "./clock.ts";
import type { ControllerParts } from "./controller-parts.ts";
import { deleteObject } from "./deletion.ts";
import { at } from "./kube-object.ts";
import { templateHash } from "./object-names.ts";
import { deployments, replicaSets } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { controllerReference, podsOf, writeStatus } from "./replica-set.ts";
import type { Workload } from "./workload-types.ts";
import { deploymentConditions, resolveShare } from "./workload-status.ts";

/** A kind that rolls from one ReplicaSet to the next. */
export type RollingKind = {
  resource: Resource;
  hashLabel: string;
  revisionAnnotation: string;
  /** Who says what was done, in events. */
  controller: string;
  writeStatus: (parts: ControllerParts, object: Workload, progress: RollProgress) => void;
};

/** Where a roll stands. `counts` are those that every kind reports. */
type RollProgress = {
  counts: Record<string, number>;
  target: string;
  targetHash: string;
  isAvailable: boolean;
  isComplete: boolean;
};

export const deploymentKind: RollingKind = {
  resource: deployments,
  hashLabel: "pod-template-hash",
  revisionAnnotation: "deployment.kubernetes.io/revision",
  controller: "deployment-controller",
  writeStatus: (parts, deployment, { counts, target, isAvailable, isComplete }) => {
    const time = toTime(parts.clock.nowMs());
    const conditions = deploymentConditions(deployment, isAvailable, isComplete, target, time);
    writeStatus(parts, deployments, deployment, { ...counts, conditions });
  },
};

const replicasOf = (set: Workload): number => set.spec.replicas ?? 1;
const availableOf = (set: Workload): number => Number(set.status?.["availableReplicas"] ?? 0);
const total = (sets: readonly Workload[], count: (set: Workload) => number): number =>
  sets.reduce((sum, set) => sum + count(set), 0);

/** One ReplicaSet per template: rolls from the old ones to the new one, or replaces them at once. */
export class DeploymentController {
  readonly #parts: ControllerParts;
  readonly #kind: RollingKind;

  constructor(parts: ControllerParts, kind: RollingKind) {
    this.#parts = parts;
    this.#kind = kind;
  }

  reconcile(deployment: Workload): void {
    const { hashLabel } = this.#kind;
    const hash = templateHash(deployment.spec.template);
    const current = this.#sets(deployment).find((set) => set.metadata.labels?.[hashLabel] === hash);
    const target = current ?? this.#create(deployment, hash);
    const old = this.#sets(deployment).filter(
      ({ metadata }) => metadata.uid !== target.metadata.uid,
    );
    if (deployment.spec["paused"] !== true) {
      if (at(deployment, "spec", "strategy", "type") === "Recreate")
        this.#recreate(deployment, target, old);
      else this.#roll(deployment, target, old);
    }
    this.#clean(deployment, old);
    this.#report(deployment, target.metadata.name, hash);
  }

  #sets(deployment: Workload): Workload[] {
    return this.#parts.store
      .dependents(deployment.metadata.uid ?? "")
      .filter(({ resource }) => resource.storage === replicaSets.storage)
      .map(({ object }) => object as Workload);
  }

  #create(deployment: Workload, hash: string): Workload {
    const { resource, hashLabel, revisionAnnotation } = this.#kind;
    const { namespace, name } = deployment.metadata;
    const { template, selector } = deployment.spec;
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const matchLabels = { ...Object(at(selector, "matchLabels") ?? {}), [hashLabel]: hash };
    const revisions = this.#sets(deployment).map(({ metadata }) =>
      Number(metadata.annotations?.[revisionAnnotation] ?? 0),
    );
    const revision = String(Math.max(0, ...revisions) + 1);
    const { store } = this.#parts;
    const made = store.create(replicaSets, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: `${name}-${hash}`,
        ...(namespace === undefined ? {} : { namespace }),
        labels,
        annotations: { [revisionAnnotation]: revision },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: 0,
        selector: { ...Object(selector), matchLabels },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
      status: { replicas: 0 },
    });
    store.update(resource, {
      ...deployment,
      metadata: {
        ...deployment.metadata,
        annotations: { ...deployment.metadata.annotations, [revisionAnnotation]: revision },
      },
    });
    return made as Workload;
  }

  #scale(deployment: Workload, set: Workload, replicas: number): void {
    const before = replicasOf(set);
    if (before === replicas) return;
    this.#parts.store.update(replicaSets, { ...set, spec: { ...set.spec, replicas } });
    this.#parts.record(
      deployment,
      "Normal",
      "ScalingReplicaSet",
      `Scaled ${replicas > before ? "up" : "down"} replica set ${set.metadata.name} from ${before} to ${replicas}`,
      this.#kind.controller,
    );
  }

  #recreate(deployment: Workload, target: Workload, old: Workload[]): void {
    for (const set of old) this.#scale(deployment, set, 0);
    const gone = old.every((set) => podsOf(this.#parts, set).length === 0);
    if (gone) this.#scale(deployment, target, replicasOf(deployment));
  }

  /** The arithmetic of pkg/controller/deployment/rolling.go. */
  #roll(deployment: Workload, target: Workload, old: Workload[]): void {
    const wanted = replicasOf(deployment);
    const rolling = at(deployment, "spec", "strategy", "rollingUpdate");
    const surge = resolveShare(at(rolling, "maxSurge"), wanted, "up");
    const spare = resolveShare(at(rolling, "maxUnavailable"), wanted, "down");
    const unavailable = surge === 0 && spare === 0 ? 1 : spare;
    const running = total(old, replicasOf);
    if (running === 0 || replicasOf(target) > wanted) {
      this.#scale(deployment, target, wanted);
      return;
    }
    const room = wanted + surge - running - replicasOf(target);
    if (room > 0 && replicasOf(target) < wanted) {
      this.#scale(deployment, target, Math.min(wanted, replicasOf(target) + room));
      return;
    }
    const minAvailable = wanted - unavailable;
    const newUnavailable = replicasOf(target) - availableOf(target);
    let removable = running + replicasOf(target) - minAvailable - newUnavailable;
    for (const set of old) {
      const down = Math.min(Math.max(0, removable), replicasOf(set));
      removable -= down;
      this.#scale(deployment, set, replicasOf(set) - down);
    }
  }

  /** Old ReplicaSets without pods are kept for `revisionHistoryLimit` roll-backs. */
  #clean(deployment: Workload, old: Workload[]): void {
    const { store, clock } = this.#parts;
    const limit = Number(deployment.spec["revisionHistoryLimit"] ?? 10);
    const empty = old.filter(
      (set) => replicasOf(set) === 0 && podsOf(this.#parts, set).length === 0,
    );
    const { revisionAnnotation } = this.#kind;
    const revision = ({ metadata }: Workload): number =>
      Number(metadata.annotations?.[revisionAnnotation] ?? 0);
    const surplus = empty
      .toSorted((left, right) => revision(left) - revision(right))
      .slice(0, Math.max(0, empty.length - limit));
    for (const set of surplus) deleteObject(store, clock, replicaSets, set);
  }

  #report(deployment: Workload, targetName: string, targetHash: string): void {
    const sets = this.#sets(deployment);
    const target = sets.find(({ metadata }) => metadata.name === targetName);
    const count = (set: Workload): number => Number(set.status?.["replicas"] ?? 0);
    const wanted = replicasOf(deployment);
    const available = total(sets, availableOf);
    const updated = target === undefined ? 0 : count(target);
    const complete = updated === wanted && available === wanted && total(sets, count) === wanted;
    const rolling = at(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable");
    const minimum = wanted - resolveShare(rolling, wanted, "down");
    this.#kind.writeStatus(this.#parts, deployment, {
      counts: {
        replicas: total(sets, count),
        updatedReplicas: updated,
        readyReplicas: available,
        availableReplicas: available,
        ...(available < wanted ? { unavailableReplicas: wanted - available } : {}),
      },
      target: targetName,
      targetHash,
      isAvailable: available >= minimum,
      isComplete: complete,
    });
  }
}
