import { toTime } from "./clock.ts";
import type { ControllerParts } from "./controller-parts.ts";
import { at, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { parseMemoryBytes } from "./quantity.ts";
import {
  bindVolume,
  freeVolume,
  growVolume,
  provisionVolume,
  releaseVolume,
} from "./persistent-volumes.ts";
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "./resources.ts";
import { forbidden, forbiddenField, invalid } from "./status-error.ts";
import type { Change } from "./change-feed.ts";
import type { Store } from "./store.ts";

/** How long a volume takes to grow: long enough to be seen. */
const expandMs = 250;

/**
 * On a StorageClass, how growing ends: `fails` (ControllerResizeError), or `offline`
 * (FileSystemResizePending: the pod must start again first). Default: it succeeds.
 */
const expansionAnnotation = "scenario.vigie.dev/expansion";

const requestOf = (claim: KubeObject): unknown =>
  at(claim, "spec", "resources", "requests", "storage");
const capacityOf = (claim: KubeObject): unknown => at(claim, "status", "capacity", "storage");

const volumeOf = (claim: KubeObject): string => textOf(at(claim, "spec", "volumeName"));

const isBound = (claim: KubeObject): boolean => at(claim, "status", "phase") === "Bound";

const classOf = (store: Store, claim: KubeObject): KubeObject | undefined =>
  store.get(storageClasses, undefined, textOf(at(claim, "spec", "storageClassName")));

/**
 * What the API lets become of a claim's request: upward where the class allows it, back down no
 * further than what it has.
 * @throws StatusError 403 in the words of PersistentVolumeClaimResize, 422 for less than it has.
 */
export function checkExpansion(store: Store, before: KubeObject, after: KubeObject): void {
  const old = parseMemoryBytes(requestOf(before)) ?? 0;
  const wanted = parseMemoryBytes(requestOf(after)) ?? 0;
  const { name } = after.metadata;
  if (wanted === old) return;
  if (wanted < old && wanted <= (parseMemoryBytes(capacityOf(before)) ?? 0)) {
    throw invalid(persistentVolumeClaims, name, [
      forbiddenField(
        "spec.resources.requests.storage",
        "field can not be less than status.capacity",
      ),
    ]);
  }
  if (wanted < old) return;
  if (at(before, "status", "phase") !== "Bound") {
    const why =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    throw invalid(persistentVolumeClaims, name, [forbiddenField("spec", why)]);
  }
  if (classOf(store, before)?.["allowVolumeExpansion"] === true) return;
  throw forbidden(
    persistentVolumeClaims,
    name,
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
  );
}

/** Binds new claims and grows those that ask for more, as provisioner and resizer do. */
export class VolumeClaimController {
  readonly #parts: ControllerParts;
  readonly #growing = new Map<string, () => void>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    parts.store.subscribe((change) => this.#follow(change));
  }

  close(): void {
    for (const cancel of this.#growing.values()) cancel();
    this.#growing.clear();
  }

  #follow({ type, resource, object }: Change): void {
    if (resource.storage === persistentVolumes.storage) this.#followVolume(type, object);
    if (resource.storage !== persistentVolumeClaims.storage) return;
    const uid = object.metadata.uid ?? "";
    if (type === "DELETED") {
      this.#growing.get(uid)?.();
      this.#growing.delete(uid);
      releaseVolume(this.#parts.store, volumeOf(object));
    } else if (type === "ADDED" && !isBound(object)) this.#bind(object);
    else if (type === "ADDED") this.#provide(object);
    else if (this.#isSmall(object) && !this.#growing.has(uid)) this.#begin(object);
  }

  #isSmall(claim: KubeObject): boolean {
    return (parseMemoryBytes(requestOf(claim)) ?? 0) > (parseMemoryBytes(capacityOf(claim)) ?? 0);
  }

  /** A volume that someone has made is free, and may be what a claim waits for. */
  #followVolume(type: Change["type"], volume: KubeObject): void {
    const { store } = this.#parts;
    if (type === "DELETED" || at(volume, "status", "phase") === "Bound") return;
    if (type === "ADDED" && at(volume, "status", "phase") === "Pending") {
      store.update(persistentVolumes, { ...volume, status: { phase: "Available" } });
      return;
    }
    for (const claim of store.objects(persistentVolumeClaims)) {
      if (!isBound(claim)) this.#bind(claim);
    }
  }

  /** One that says that it is bound, as a StatefulSet's and a scenario's do, has its volume too. */
  #provide(claim: KubeObject): void {
    const { store } = this.#parts;
    if (volumeOf(claim) === "") return;
    provisionVolume(store, volumeOf(claim), claim, classOf(store, claim), capacityOf(claim));
  }

  #bind(claim: KubeObject): void {
    const { store } = this.#parts;
    const storageClass = classOf(store, claim);
    const free = freeVolume(store, claim, parseMemoryBytes(requestOf(claim)) ?? 0);
    if (free === undefined && storageClass === undefined) return;
    const accessModes = at(claim, "spec", "accessModes") ?? [];
    let [name, storage] = [`pvc-${claim.metadata.uid ?? ""}`, requestOf(claim)];
    if (free === undefined) provisionVolume(store, name, claim, storageClass, storage);
    else {
      name = free.metadata.name;
      storage = bindVolume(store, free, claim);
    }
    const bound = { ...claim, spec: { ...Object(claim["spec"]), volumeName: name } };
    this.#write(bound, { phase: "Bound", accessModes, capacity: { storage } });
  }

  #begin(claim: KubeObject): void {
    const { store, clock } = this.#parts;
    const uid = claim.metadata.uid ?? "";
    const outcome = classOf(store, claim)?.metadata.annotations?.[expansionAnnotation];
    const said = at(claim, "status", "conditions");
    const known = Array.isArray(said) ? textOf(at(said[0], "type")) : "";
    if (known === "ControllerResizeError" || known === "FileSystemResizePending") return;
    const cancel = clock.after(expandMs, () => {
      this.#growing.delete(uid);
      const { namespace, name } = claim.metadata;
      const current = store.get(persistentVolumeClaims, namespace, name);
      if (current === undefined || current.metadata.uid !== uid) return;
      if (outcome === "fails") this.#say(current, "ControllerResizeError", "VolumeResizeFailed");
      else if (outcome === "offline") {
        this.#say(current, "FileSystemResizePending", "FileSystemResizeRequired");
      } else {
        growVolume(store, volumeOf(current), requestOf(current));
        this.#write(current, { conditions: [], capacity: { storage: requestOf(current) } });
        this.#event(current, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded");
      }
    });
    this.#growing.set(uid, cancel);
    this.#say(claim, "Resizing", "Resizing");
  }

  #say(claim: KubeObject, type: string, reason: string): void {
    const lastTransitionTime = toTime(this.#parts.clock.nowMs());
    this.#write(claim, { conditions: [{ type, status: "True", lastTransitionTime }] });
    const isFault = type === "ControllerResizeError";
    this.#event(claim, isFault ? "Warning" : "Normal", reason, `volume is ${type}`);
  }

  #event(claim: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#parts.record(claim, type, reason, message, "external-resizer");
  }

  #write(claim: KubeObject, status: object): void {
    this.#parts.store.update(persistentVolumeClaims, {
      ...claim,
      status: { ...Object(claim["status"] ?? {}), ...status },
    });
  }
}
