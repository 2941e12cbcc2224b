import { randomUUID } from "node:crypto";
import { ChangeFeed } from "./change-feed.ts";
import type { Change } from "./change-feed.ts";
import { ServedKinds } from "./custom/custom-kinds.ts";
import { deepEqual } from "./deep-equal.ts";
import { keyOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { OwnerIndex } from "./owner-index.ts";
import type { Resource } from "./resource.ts";
import { SortedKeys } from "./sorted-keys.ts";
import { alreadyExists } from "./status-error.ts";

type Collection = {
  objects: Map<string, KubeObject>;
  keys: SortedKeys;
  history: Change[];
  /** Changes up to this resourceVersion are forgotten. */
  compactedVersion: number;
};

/** Changes kept per kind for watches that resume; older ones answer 410. */
const maxHistory = 5_000;

/**
 * The objects of the cluster, one map per kind. Objects are values: a write replaces the whole
 * object, raises one counter for the resourceVersion and tells every listener at once.
 */
export class Store {
  #version = 1;
  readonly #nowTime: () => string;
  readonly #collections = new Map<string, Collection>();
  readonly #owners = new OwnerIndex();
  readonly #feed = new ChangeFeed();
  /** What is served: grows with each CustomResourceDefinition. */
  readonly kinds = new ServedKinds();

  /** `nowTime` stamps `creationTimestamp`. */
  constructor(nowTime: () => string) {
    this.#nowTime = nowTime;
  }

  get version(): number {
    return this.#version;
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collection(resource).objects.get(keyOf(namespace, name));
  }

  /** Objects in key order, of one namespace or of all, after the key `after`. */
  *list(
    resource: Resource,
    namespace?: string,
    after: string | null = null,
  ): Generator<[string, KubeObject]> {
    const { objects, keys } = this.#collection(resource);
    const prefix = namespace === undefined ? "" : `${namespace}/`;
    for (const key of keys.after(prefix, after)) {
      const object = objects.get(key);
      if (object !== undefined) yield [key, object];
    }
  }

  /** How many `list` gives. */
  countAfter(resource: Resource, namespace: string | undefined, after: string): number {
    const prefix = namespace === undefined ? "" : `${namespace}/`;
    return this.#collection(resource).keys.countAfter(prefix, after);
  }

  objects(resource: Resource, namespace?: string): KubeObject[] {
    return Array.from(this.list(resource, namespace), ([, object]) => object);
  }

  count(resource: Resource): number {
    return this.#collection(resource).objects.size;
  }

  /** Objects that name `uid` among their owners. */
  dependents(uid: string): { resource: Resource; object: KubeObject }[] {
    return this.#owners.dependents(uid).flatMap(({ resource, key }) => {
      const object = this.#collection(resource).objects.get(key);
      return object === undefined ? [] : [{ resource, object }];
    });
  }

  /** @throws StatusError 409 AlreadyExists. */
  create(resource: Resource, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    if (this.get(resource, namespace, name) !== undefined) throw alreadyExists(resource, name);
    const resourceVersion = ++this.#version;
    const created: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: object.metadata.uid ?? randomUUID(),
        resourceVersion: String(resourceVersion),
        creationTimestamp: object.metadata.creationTimestamp ?? this.#nowTime(),
        ...(resource.generation ? { generation: object.metadata.generation ?? 1 } : {}),
      },
    };
    const collection = this.#collection(resource);
    const key = keyOf(namespace, name);
    collection.objects.set(key, created);
    collection.keys.add(key);
    this.#owners.change(resource, key, undefined, created);
    this.#record(collection, { type: "ADDED", resource, object: created, resourceVersion });
    return created;
  }

  /**
   * Replaces an object that exists. When nothing changes nothing is written and the
   * resourceVersion stays. The generation follows the spec, unless it is to be kept (a binding).
   */
  update(resource: Resource, object: KubeObject, keepGeneration = false): KubeObject {
    const { namespace, name } = object.metadata;
    const collection = this.#collection(resource);
    const key = keyOf(namespace, name);
    const previous = collection.objects.get(key);
    if (previous === undefined) throw new Error(`${resource.plural} ${key} is not in the store`);
    if (sameContent(previous, object)) return previous;
    const resourceVersion = ++this.#version;
    const generation = previous.metadata.generation ?? 1;
    const updated: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        resourceVersion: String(resourceVersion),
        ...(resource.generation
          ? {
              generation:
                keepGeneration || sameSpec(previous, object) ? generation : generation + 1,
            }
          : {}),
      },
    };
    collection.objects.set(key, updated);
    this.#owners.change(resource, key, previous, updated);
    this.#record(collection, {
      type: "MODIFIED",
      resource,
      object: updated,
      previous,
      resourceVersion,
    });
    return updated;
  }

  /** Removes at once; undefined when there was nothing. */
  remove(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    const collection = this.#collection(resource);
    const key = keyOf(namespace, name);
    const previous = collection.objects.get(key);
    if (previous === undefined) return undefined;
    const resourceVersion = ++this.#version;
    const object: KubeObject = {
      ...previous,
      metadata: { ...previous.metadata, resourceVersion: String(resourceVersion) },
    };
    collection.objects.delete(key);
    collection.keys.remove(key);
    this.#owners.change(resource, key, previous, undefined);
    this.#record(collection, { type: "DELETED", resource, object, previous, resourceVersion });
    return object;
  }

  /** Changes after `version`, oldest first; null when some of them are forgotten. */
  since(resource: Resource, version: number): Change[] | null {
    const { history, compactedVersion } = this.#collection(resource);
    if (version < compactedVersion) return null;
    return history.filter((change) => change.resourceVersion > version);
  }

  /** Forgets the past of every kind, as etcd's compaction does every five minutes. */
  compact(): void {
    for (const collection of this.#collections.values()) {
      collection.history = [];
      collection.compactedVersion = this.#version;
    }
  }

  /** Calls `listener` with every change, in order, until the answer is called. */
  subscribe(listener: (change: Change) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  #collection(resource: Resource): Collection {
    const found = this.#collections.get(resource.storage);
    if (found !== undefined) return found;
    const made: Collection = {
      objects: new Map(),
      keys: new SortedKeys(),
      history: [],
      compactedVersion: 0,
    };
    this.#collections.set(resource.storage, made);
    return made;
  }

  #record(collection: Collection, change: Change): void {
    collection.history.push(change);
    if (collection.history.length > 2 * maxHistory) {
      collection.history = collection.history.slice(-maxHistory);
      collection.compactedVersion = (collection.history[0]?.resourceVersion ?? 1) - 1;
    }
    this.#feed.send(change);
  }
}

const ignoredMeta = { resourceVersion: 0, managedFields: 0, generation: 0 };

function sameContent(left: KubeObject, right: KubeObject): boolean {
  return deepEqual(
    { ...left, metadata: { ...left.metadata, ...ignoredMeta } },
    { ...right, metadata: { ...right.metadata, ...ignoredMeta } },
  );
}

/** Everything but metadata and status: what the generation counts. */
function sameSpec(left: KubeObject, right: KubeObject): boolean {
  const blank = { metadata: 0, status: 0 };
  const marked = (object: KubeObject): unknown => object.metadata.deletionTimestamp ?? null;
  return deepEqual({ ...left, ...blank }, { ...right, ...blank }) && marked(left) === marked(right);
}
