import { at, textOf } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { listAt, textAt } from "../table-cells.ts";
import { age, name, text, wide } from "./column.ts";
import type { Column } from "./column.ts";

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

const accessModes = (path: string): Column => ({
  name: "Access Modes",
  cell: (object) =>
    listAt(object, path)
      .map((mode) => modes[textOf(mode)] ?? "")
      .join(","),
});

const phase: Column = {
  name: "Status",
  cell: (object) =>
    object.metadata.deletionTimestamp === undefined
      ? textAt(object, "status.phase", "")
      : "Terminating",
};

const isDefaultClass = "storageclass.kubernetes.io/is-default-class";

/** What a claim has; nothing before it has a volume. */
const ofVolume = (column: Column): Column => ({
  ...column,
  cell: (object, nowMs) =>
    textAt(object, "spec.volumeName", "") === "" ? "" : column.cell(object, nowMs),
});

function claimText(object: KubeObject): string {
  const claim = at(object, "spec", "claimRef");
  return claim === undefined
    ? ""
    : `${textAt(claim, "namespace", "")}/${textAt(claim, "name", "")}`;
}

/** Volumes, what asks for them, and their classes. */
export const storageColumns: Readonly<Record<string, readonly Column[]>> = {
  "persistentvolumes.": [
    name,
    text("Capacity", "spec.capacity.storage", "0"),
    accessModes("spec.accessModes"),
    text("Reclaim Policy", "spec.persistentVolumeReclaimPolicy", ""),
    phase,
    { name: "Claim", cell: claimText },
    text("StorageClass", "spec.storageClassName", ""),
    text("VolumeAttributesClass", "spec.volumeAttributesClassName", "<unset>"),
    text("Reason", "status.reason", ""),
    age,
    wide(text("VolumeMode", "spec.volumeMode", "<unset>")),
  ],
  "persistentvolumeclaims.": [
    name,
    phase,
    text("Volume", "spec.volumeName", ""),
    ofVolume(text("Capacity", "status.capacity.storage", "0")),
    ofVolume(accessModes("status.accessModes")),
    text("StorageClass", "spec.storageClassName", ""),
    text("VolumeAttributesClass", "spec.volumeAttributesClassName", "<unset>"),
    age,
    wide(text("VolumeMode", "spec.volumeMode", "<unset>")),
  ],
  "storageclasses.storage.k8s.io": [
    {
      ...name,
      cell: ({ metadata }) =>
        `${metadata.name}${metadata.annotations?.[isDefaultClass] === "true" ? " (default)" : ""}`,
    },
    text("Provisioner", "provisioner"),
    text("ReclaimPolicy", "reclaimPolicy", "Delete"),
    text("VolumeBindingMode", "volumeBindingMode", "Immediate"),
    {
      name: "AllowVolumeExpansion",
      cell: (object) => object["allowVolumeExpansion"] === true,
    },
    age,
  ],
};
