import type { KubeClient } from "../../shared/kube/client.ts";
import type { Recent } from "../../shared/kube/recent.ts";
import type { Logger } from "../../shared/log.ts";
import type { Policy } from "../../shared/policy.ts";
import type { PauseBook } from "./pause-book.ts";
import type { UsageDeps } from "./usage/read-usage.ts";

/** What the handlers act with. */
export type Context = {
  kube: KubeClient;
  /** Owners, namespaces and autoscalers: what many pods share. */
  recent: Recent;
  policy: Policy;
  /** What people asked to be left alone. */
  pauses: PauseBook;
  /** What the usage of a workload is read with. */
  usage: UsageDeps;
  log: Logger;
  /** Whether the API server can resize pods in place. */
  canResize: () => Promise<boolean>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Which process records Kubernetes Events. */
  instance: string;
};
