import type { ControllerParts } from "./controller-parts.ts";
import { keepRevision } from "./controller-revisions.ts";
import { deleteObject } from "./deletion.ts";
import { isRecord, textOf } from "./kube-object.ts";
import type { JsonRecord } from "./kube-object.ts";
import { templateHash } from "./object-names.ts";
import { createPod } from "./pod-admission.ts";
import { isReady } from "./pod-status.ts";
import { persistentVolumeClaims, pods, statefulSets } from "./resources.ts";
import { podOf, podsOf, writeStatus } from "./replica-set.ts";
import type { PodTemplate, Workload } from "./workload-types.ts";
import { isTerminating, readyCount } from "./workload-status.ts";

const revisionLabel = "controller-revision-hash";

/** Pods with a number and a claim of their own, one after the other. */
export class StatefulSetController {
  readonly #parts: ControllerParts;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  reconcile(set: Workload): void {
    const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
    keepRevision(this.#parts, set, revision, { "controller.kubernetes.io/hash": revision });
    this.#step(set, revision);
    const now = podsOf(this.#parts, set);
    const updated = now.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length;
    const ready = readyCount(now);
    const collisionCount = 0;
    writeStatus(this.#parts, statefulSets, set, {
      replicas: now.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: updated,
      updatedReplicas: updated,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount,
    });
  }

  /** One pod is made, replaced or removed at a time, unless the policy is Parallel. */
  #step(set: Workload, revision: string): void {
    const { store, clock, record } = this.#parts;
    const wanted = set.spec.replicas ?? 1;
    const parallel = set.spec["podManagementPolicy"] === "Parallel";
    const existing = podsOf(this.#parts, set);
    const nameOf = (ordinal: number): string => `${set.metadata.name}-${ordinal}`;
    for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
      const pod = existing.find(({ metadata }) => metadata.name === nameOf(ordinal));
      if (pod === undefined) {
        this.#create(set, ordinal, revision);
        if (!parallel) return;
      } else if (!parallel && (!isReady(pod) || isTerminating(pod))) return;
    }
    const surplus = existing
      .filter(({ metadata }) => ordinalOf(metadata.name) >= wanted)
      .toSorted((left, right) => ordinalOf(right.metadata.name) - ordinalOf(left.metadata.name));
    const stale = existing
      .filter(({ metadata }) => metadata.labels?.[revisionLabel] !== revision)
      .toSorted((left, right) => ordinalOf(right.metadata.name) - ordinalOf(left.metadata.name));
    const next = surplus[0] ?? stale[0];
    if (next === undefined || existing.some(isTerminating)) return;
    deleteObject(store, clock, pods, next);
    record(
      set,
      "Normal",
      "SuccessfulDelete",
      `delete Pod ${next.metadata.name} in StatefulSet ${set.metadata.name} successful`,
      "statefulset-controller",
    );
  }

  #create(set: Workload, ordinal: number, revision: string): void {
    const { store, record } = this.#parts;
    const { namespace } = set.metadata;
    const name = `${set.metadata.name}-${ordinal}`;
    if (store.get(pods, namespace, name) !== undefined) return;
    const claims = set.spec["volumeClaimTemplates"];
    const templates = (Array.isArray(claims) ? claims : []).filter(isRecord);
    const volumes = templates.map((claim) => this.#claim(set, name, claim));
    const own: PodTemplate = {
      ...set.spec.template,
      spec: {
        ...set.spec.template.spec,
        hostname: name,
        volumes: [...asList(set.spec.template.spec["volumes"]), ...volumes],
      },
    };
    const made = createPod(
      this.#parts,
      set,
      "statefulset-controller",
      podOf(set, own, {
        name,
        labels: {
          "apps.kubernetes.io/pod-index": String(ordinal),
          [revisionLabel]: revision,
          "statefulset.kubernetes.io/pod-name": name,
        },
      }),
    );
    if (made === null) return;
    record(
      set,
      "Normal",
      "SuccessfulCreate",
      `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      "statefulset-controller",
    );
  }

  /** The claim of one pod, bound at once; it outlives the pod. Answers the pod's volume. */
  #claim(set: Workload, pod: string, template: JsonRecord): JsonRecord {
    const { store } = this.#parts;
    const { namespace = "" } = set.metadata;
    const meta = isRecord(template["metadata"]) ? template["metadata"] : {};
    const volume = textOf(meta["name"]) || "data";
    const claimName = `${volume}-${pod}`;
    if (store.get(persistentVolumeClaims, namespace, claimName) === undefined) {
      const spec = isRecord(template["spec"]) ? template["spec"] : {};
      const resources = isRecord(spec["resources"]) ? spec["resources"] : {};
      store.create(persistentVolumeClaims, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: claimName, namespace, labels: set.spec.template.metadata?.labels ?? {} },
        spec: { ...spec, volumeName: `pvc-${templateHash(`${namespace}/${claimName}`)}` },
        status: {
          phase: "Bound",
          accessModes: asList(spec["accessModes"]),
          capacity: isRecord(resources["requests"]) ? resources["requests"] : {},
        },
      });
    }
    return { name: volume, persistentVolumeClaim: { claimName } };
  }
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const ordinalOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
