import type { ControllerParts } from "./controller-parts.ts";
import { keepRevision } from "./controller-revisions.ts";
import { deleteObject } from "./deletion.ts";
import { own } from "./kube-object.ts";
import { podSuffix, templateHash } from "./object-names.ts";
import { createPod } from "./pod-admission.ts";
import { daemonSets, nodes, pods } from "./resources.ts";
import { podOf, podsOf, writeStatus } from "./replica-set.ts";
import type { Node, Workload } from "./workload-types.ts";
import { isTerminating, readyCount } from "./workload-status.ts";

const revisionLabel = "controller-revision-hash";

/** One pod on every node that the template's nodeSelector allows. */
export class DaemonSetController {
  readonly #parts: ControllerParts;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  reconcile(set: Workload): void {
    const { store, clock } = this.#parts;
    const revision = templateHash(set.spec.template);
    const name = `${set.metadata.name}-${revision}`;
    keepRevision(this.#parts, set, name, { [revisionLabel]: revision });
    const wants = Object.entries(set.spec.template.spec.nodeSelector ?? {});
    const targets = (store.objects(nodes) as Node[])
      .filter((node) => wants.every(([key, value]) => own(node.metadata.labels, key) === value))
      .map(({ metadata }) => metadata.name);
    const existing = podsOf(this.#parts, set);
    for (const pod of existing) {
      const misplaced = !targets.includes(pod.spec.nodeName ?? "");
      if (misplaced && !isTerminating(pod)) deleteObject(store, clock, pods, pod);
    }
    const stale = existing.find(({ metadata }) => metadata.labels?.[revisionLabel] !== revision);
    if (stale !== undefined && readyCount(existing) === targets.length) {
      deleteObject(store, clock, pods, stale);
    }
    for (const node of targets) {
      if (!existing.some(({ spec }) => spec.nodeName === node)) this.#create(set, node, revision);
    }
    const now = podsOf(this.#parts, set);
    const ready = readyCount(now);
    const updated = now.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision);
    writeStatus(this.#parts, daemonSets, set, {
      desiredNumberScheduled: targets.length,
      currentNumberScheduled: now.length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      updatedNumberScheduled: updated.length,
    });
  }

  #create(set: Workload, nodeName: string, revision: string): void {
    const { store, record } = this.#parts;
    const { namespace = "", name } = set.metadata;
    for (let number = 0; ; number += 1) {
      const candidate = `${name}-${podSuffix(`${namespace}/${name}/${nodeName}`, number)}`;
      if (store.get(pods, namespace, candidate) !== undefined) continue;
      const template = {
        ...set.spec.template,
        spec: { ...set.spec.template.spec, nodeName },
      };
      const made = createPod(
        this.#parts,
        set,
        "daemonset-controller",
        podOf(set, template, { name: candidate, labels: { [revisionLabel]: revision } }),
      );
      if (made === null) return;
      record(
        set,
        "Normal",
        "SuccessfulCreate",
        `Created pod: ${candidate}`,
        "daemonset-controller",
      );
      return;
    }
  }
}
