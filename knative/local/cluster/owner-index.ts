import type { KubeObject } from "./kube-object.ts";
import type { Resource } from "./resource.ts";

type Dependent = { resource: Resource; key: string };

/** Which objects name an owner: by the owner's uid. */
export class OwnerIndex {
  readonly #byUid = new Map<string, Map<string, Dependent>>();

  dependents(uid: string): Dependent[] {
    return [...(this.#byUid.get(uid)?.values() ?? [])];
  }

  /** Takes up that an object was made, changed or removed. */
  change(resource: Resource, key: string, before?: KubeObject, after?: KubeObject): void {
    const old = before?.metadata.ownerReferences ?? [];
    const now = after?.metadata.ownerReferences ?? [];
    if (old === now) return;
    const id = `${resource.storage}|${key}`;
    for (const { uid } of old) {
      const entries = this.#byUid.get(uid);
      entries?.delete(id);
      if (entries?.size === 0) this.#byUid.delete(uid);
    }
    for (const { uid } of now) {
      const entries = this.#byUid.get(uid) ?? new Map<string, Dependent>();
      entries.set(id, { resource, key });
      this.#byUid.set(uid, entries);
    }
  }
}
