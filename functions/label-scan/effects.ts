import type { Event } from "../../shared/events/contract.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import type { Logger } from "../../shared/log.ts";
import type { Policy } from "../../shared/policy.ts";

/** What a scan acts on. `send` is null when there is no sink: then only `GET /labels` works. */
export type Effects = {
  kube: KubeClient;
  policy: Policy;
  send: ((event: Event) => Promise<void>) | null;
  log: Logger;
  /** Milliseconds, rising. */
  now: () => number;
  /** Milliseconds since 1970. */
  clock: () => number;
};
