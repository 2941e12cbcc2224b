/** The media types of a Kubernetes PATCH. */
type PatchType =
  | "application/merge-patch+json"
  | "application/strategic-merge-patch+json"
  | "application/json-patch+json"
  | "application/apply-patch+yaml";

export type KubeRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path, each segment from outside made by `pathSegment`. */
  path: string;
  query?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Default application/json; a PATCH must say which. */
  contentType?: PatchType | "application/json";
  accept?: string;
  /** Of a list: what is kept of each of its `items`, so that the rest of a page need not be held. */
  pick?: (item: unknown) => unknown;
  /** Nobody asks for the answer, only whether it is one: it is not parsed, and undefined is given. */
  discard?: boolean;
  signal?: AbortSignal;
};

/**
 * One door to the Kubernetes API: pooled connections, a time-out, 429 and 5xx retried where that
 * is safe. Answers the parsed JSON body.
 * @throws KubeError for every answer that is not 2xx, and when there is no answer.
 */
export interface KubeClient {
  /** The namespace of the current context or of the service account; "default" when neither says. */
  readonly namespace: string;
  request<T>(request: KubeRequest): Promise<T>;
  close(): Promise<void>;
}
