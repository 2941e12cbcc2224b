import { at, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { parseMemoryBytes } from "./quantity.ts";
import { persistentVolumes } from "./resources.ts";
import type { Store } from "./store.ts";

const sizeOf = (volume: KubeObject): unknown => at(volume, "spec", "capacity", "storage");

const modesOf = (object: KubeObject): unknown[] => {
  const modes = at(object, "spec", "accessModes");
  return Array.isArray(modes) ? modes : [];
};

const claimReference = ({ metadata }: KubeObject): JsonRecord => ({
  kind: "PersistentVolumeClaim",
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  apiVersion: "v1",
  resourceVersion: metadata.resourceVersion,
});

/** The smallest free volume that someone has made and that does for a claim; undefined: none. */
export function freeVolume(store: Store, claim: KubeObject, bytes: number): KubeObject | undefined {
  const wanted = textOf(at(claim, "spec", "storageClassName"));
  const name = textOf(at(claim, "spec", "volumeName"));
  return store
    .objects(persistentVolumes)
    .filter((volume) => {
      const reserved = at(volume, "spec", "claimRef");
      const isFree =
        reserved === undefined ||
        (at(reserved, "name") === claim.metadata.name &&
          at(reserved, "namespace") === claim.metadata.namespace &&
          (at(reserved, "uid") ?? claim.metadata.uid) === claim.metadata.uid);
      return (
        isFree &&
        at(volume, "status", "phase") !== "Released" &&
        (name === "" || name === volume.metadata.name) &&
        textOf(at(volume, "spec", "storageClassName")) === wanted &&
        modesOf(claim).every((mode) => modesOf(volume).includes(mode)) &&
        (parseMemoryBytes(sizeOf(volume)) ?? 0) >= bytes
      );
    })
    .toSorted(
      (left, right) =>
        (parseMemoryBytes(sizeOf(left)) ?? 0) - (parseMemoryBytes(sizeOf(right)) ?? 0),
    )[0];
}

/** The volume is the claim's. Answers what there is of it. */
export function bindVolume(store: Store, volume: KubeObject, claim: KubeObject): unknown {
  store.update(persistentVolumes, {
    ...volume,
    spec: { ...Object(volume["spec"]), claimRef: claimReference(claim) },
    status: { phase: "Bound" },
  });
  return sizeOf(volume);
}

/** What the provisioner of a class makes for a claim that names it. */
export function provisionVolume(
  store: Store,
  name: string,
  claim: KubeObject,
  storageClass: KubeObject | undefined,
  capacity: unknown,
): void {
  if (store.get(persistentVolumes, undefined, name) !== undefined) return;
  const { namespace = "", name: claimName } = claim.metadata;
  const provisioner = textOf(storageClass?.["provisioner"]);
  store.create(persistentVolumes, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name,
      ...(provisioner === ""
        ? {}
        : { annotations: { "pv.kubernetes.io/provisioned-by": provisioner } }),
      finalizers: ["kubernetes.io/pv-protection"],
    },
    spec: {
      capacity: { storage: capacity },
      accessModes: modesOf(claim),
      claimRef: claimReference(claim),
      hostPath: { path: `/tmp/hostpath-provisioner/${namespace}/${claimName}`, type: "" },
      persistentVolumeReclaimPolicy: textOf(storageClass?.["reclaimPolicy"]) || "Delete",
      storageClassName: textOf(at(claim, "spec", "storageClassName")),
      volumeMode: textOf(at(claim, "spec", "volumeMode")) || "Filesystem",
    },
    status: { phase: "Bound" },
  });
}

/** The volume has become larger, as the resizer does it before the claim says so. */
export function growVolume(store: Store, name: string, capacity: unknown): void {
  const volume = store.get(persistentVolumes, undefined, name);
  if (volume === undefined) return;
  const spec = { ...Object(volume["spec"]), capacity: { storage: capacity } };
  store.update(persistentVolumes, { ...volume, spec });
}

/** The claim is gone: its volume goes too, or is kept with what is on it. */
export function releaseVolume(store: Store, name: string): void {
  const volume = store.get(persistentVolumes, undefined, name);
  if (volume === undefined) return;
  if (at(volume, "spec", "persistentVolumeReclaimPolicy") === "Delete") {
    store.remove(persistentVolumes, undefined, name);
  } else store.update(persistentVolumes, { ...volume, status: { phase: "Released" } });
}
