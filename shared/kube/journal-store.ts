import { TransientError } from "../errors.ts";
import type { KubeClient } from "./client.ts";
import { KubeError } from "./error.ts";
import { pathSegment } from "./path.ts";

/** A text as it was at one version. */
type Stored = {
  /** null when nothing was written yet. */
  text: string | null;
  /** Opaque; changes with every write. */
  version: string;
};

/** Where a journal keeps its one text. */
export type JournalStore = {
  read(): Promise<Stored>;
  /** The new version; null when somebody else has written since `version`. */
  write(text: string, version: string): Promise<string | null>;
  /** Whether the text outlives the process. */
  readonly isDurable: boolean;
};

/** Keeps the text in this process: for a function run alone, without a cluster. */
export function createMemoryStore(): JournalStore {
  // Another process must not answer to a version of this one: browsers come back with it.
  const life = `${process.pid}-${performance.timeOrigin}`;
  let writes = 0;
  let stored: Stored = { text: null, version: life };
  return {
    isDurable: false,
    read: () => Promise.resolve(stored),
    write(text, version) {
      if (version !== stored.version) return Promise.resolve(null);
      writes += 1;
      stored = { text, version: `${life}/${writes}` };
      return Promise.resolve(stored.version);
    },
  };
}

/**
 * The store for a ConfigMap's name from the environment; none means memory. The client is loaded
 * only when it is needed: without a cluster the function needs no configuration at all.
 */
export async function openJournalStore(
  configMapName: string | undefined,
): Promise<{ store: JournalStore; close: () => Promise<void> }> {
  if (configMapName === undefined) {
    return { store: createMemoryStore(), close: () => Promise.resolve() };
  }
  const { createKubeClient } = await import("./connect.ts");
  const kube = createKubeClient();
  return { store: createConfigMapStore(kube, configMapName), close: () => kube.close() };
}

type ConfigMap = { metadata: { resourceVersion: string }; data?: Record<string, string> };

/** The text that was sent need not come back. */
const METADATA_ONLY =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json";

const DATA_KEY = "entries.json";

/**
 * Keeps the text in one ConfigMap of the client's own namespace, under `entries.json`. The object
 * must exist: the function may get and patch that one object, and create none. `resourceVersion`
 * guards every write.
 */
export function createConfigMapStore(kube: KubeClient, name: string): JournalStore {
  const segment = pathSegment(name);
  // Asked each time: with some kubeconfigs the client learns its namespace after its start only.
  const path = (): string =>
    `/api/v1/namespaces/${pathSegment(kube.namespace)}/configmaps/${segment}`;
  const missing = (cause: unknown): TransientError =>
    new TransientError(
      "JOURNAL_MISSING",
      `ConfigMap ${kube.namespace}/${name} does not exist: apply the manifests, which create it`,
      { cause },
    );
  return {
    isDurable: true,
    async read() {
      try {
        return toStored(await kube.request<ConfigMap>({ method: "GET", path: path() }));
      } catch (error) {
        throw isStatus(error, 404) ? missing(error) : error;
      }
    },
    async write(text, version) {
      try {
        const body = { metadata: { resourceVersion: version }, data: { [DATA_KEY]: text } };
        const { metadata } = await kube.request<Pick<ConfigMap, "metadata">>({
          method: "PATCH",
          path: path(),
          contentType: "application/merge-patch+json",
          accept: METADATA_ONLY,
          body,
        });
        return metadata.resourceVersion;
      } catch (error) {
        if (isStatus(error, 409)) return null;
        throw isStatus(error, 404) ? missing(error) : error;
      }
    },
  };
}

function toStored(configMap: ConfigMap): Stored {
  return {
    text: configMap.data?.[DATA_KEY] ?? null,
    version: configMap.metadata.resourceVersion,
  };
}

function isStatus(error: unknown, httpStatus: number): boolean {
  return error instanceof KubeError && error.httpStatus === httpStatus;
}
