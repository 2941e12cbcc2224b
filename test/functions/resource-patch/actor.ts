import { createCapability } from "../../../functions/resource-patch/capability.ts";
import { createChangeLedger } from "../../../functions/resource-patch/change-ledger.ts";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { handleLoad } from "../../../functions/resource-patch/handle-load.ts";
import { handleSettled } from "../../../functions/resource-patch/handle-settled.ts";
import { createPauseBook } from "../../../functions/resource-patch/pause-book.ts";
import type { Pod } from "../../../functions/resource-patch/pod-facts.ts";
import { UsageEnv } from "../../../functions/resource-patch/usage/env.ts";
import { openUsage } from "../../../functions/resource-patch/usage/read-usage.ts";
import type { Cluster } from "../../../knative/local/cluster/start.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { LoadClassified } from "../../../shared/events/load.ts";
import { ResourcesDecided } from "../../../shared/events/decided.ts";
import { ResourcesSettled } from "../../../shared/events/settled.ts";
import type { Outcome } from "../../../shared/function.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { createMemoryStore } from "../../../shared/kube/journal-store.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import { DEFAULT_POLICY } from "../../../shared/policy-default.ts";
import type { Policy } from "../../../shared/policy-schema.ts";
import { accountToken } from "../account.ts";
import { clientWith } from "../account-client.ts";
import { highLoad, type Load } from "./high-load.ts";

type Told = Event & { data: unknown };

/** The default policy with its classes changed. */
export function policyWith(change: Partial<DecisionPolicy>, more: Partial<Policy> = {}): Policy {
  const { gold, silver, bronze } = DEFAULT_POLICY.classes;
  return {
    ...DEFAULT_POLICY,
    classes: {
      gold: { ...gold, ...change },
      silver: { ...silver, ...change },
      bronze: { ...bronze, ...change },
    },
    ...more,
  };
}

/**
 * resource-patch with the rights that knative/base gives it; what it is blind to is decided without,
 * so that the API server and the kubelet have their say.
 */
export type Actor = {
  context: Context;
  kube: KubeClient;
  /** A load of a pod, as alert-handle tells it, decided upon. */
  tell(pod: Pod, fact?: Partial<Load>, context?: Context): Promise<Outcome>;
  /** One event of ours, brought back as the broker does. */
  deliver(event: Event, context?: Context): Promise<Outcome>;
  /** Brings back what is answered until nothing is, or `most` events were: all that was told. */
  settle(first: Outcome, most?: number): Promise<Told[]>;
  /**
   * As if the process were killed before or after its write number `count`. Reads leave nothing
   * behind: to be killed at one is to be killed after the write before it.
   */
  cut(count: number, side: "before" | "after"): { context: Context; writes: KubeRequest[] };
  stop(): Promise<void>;
};

export function startActor(
  cluster: Cluster,
  { policy, env = {}, blindTo }: { policy: Policy; env?: Record<string, string>; blindTo?: string },
): Actor {
  const client = clientWith(cluster, accountToken(cluster, "resource-patch"));
  const kube: KubeClient = {
    ...client,
    async request<T>(request: KubeRequest): Promise<T> {
      const isHidden = blindTo !== undefined && request.path.includes(blindTo);
      if (isHidden) throw new KubeError({ httpStatus: 403, reason: "Forbidden", message: "no" });
      return await client.request<T>(request);
    },
  };
  const usage = openUsage(UsageEnv.parse(env), kube);
  const contextOf = (client: KubeClient): Context => {
    const recent = createRecent();
    return {
      kube: client,
      recent,
      ledger: createChangeLedger(client, recent, "resource-patch-changes"),
      policy,
      pauses: createPauseBook(createMemoryStore()),
      usage,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      canResize: createCapability(client),
      now: Date.now,
      instance: "test",
    };
  };
  const context = contextOf(kube);
  const deliver = async ({ ...event }: Event, by = context): Promise<Outcome> => {
    if (event.type === ResourcesDecided.type) {
      const data = ResourcesDecided.data.parse(event.data);
      return await handleDecision({ ...event, data }, by);
    }
    const data = ResourcesSettled.data.parse(event.data);
    return await handleSettled({ ...event, data }, by);
  };
  return {
    context,
    kube,
    async tell({ metadata }, fact = {}, by = context) {
      const { name } = metadata;
      const data = highLoad(metadata, fact);
      const id = `load-${name}-${data.resource}-${data.observedAt}-${data.percent}`;
      const event = { ...LoadClassified.create({ id, data }), data };
      const { allowedActions } = by.policy.classes.silver;
      for (;;) {
        const outcome = await handleLoad(event, by);
        if (outcome.kind !== "keep" || !allowedActions.includes("scale-out")) return outcome;
        const { surroundings } = ResourcesDecided.data.parse(outcome.reply?.data).inputs;
        if (surroundings?.otherNodesFree !== null) return outcome;
        // An alert does not wait long for the list of all pods: it is there for the next.
        await new Promise((done) => setTimeout(done, 20));
      }
    },
    deliver,
    async settle(first, most = 20) {
      const told: Told[] = [];
      for (let { reply } = first; reply !== undefined && told.length < most;) {
        told.push(reply as Told);
        ({ reply } = await deliver(reply));
      }
      return told;
    },
    cut(count, side) {
      const writes: KubeRequest[] = [];
      const client: KubeClient = {
        namespace: kube.namespace,
        async request<T>(request: KubeRequest): Promise<T> {
          const isRead = request.method === "GET";
          if (!isRead) writes.push(request);
          const isLast = !isRead && writes.length === count + 1;
          if (writes.length > count && !(isLast && side === "after")) throw new Error("killed");
          const answer = await kube.request<T>(request);
          if (isLast) throw new Error("killed");
          return answer;
        },
        close: () => Promise.resolve(),
      };
      return { context: contextOf(client), writes };
    },
    async stop() {
      usage.close();
      await kube.close();
    },
  };
}
