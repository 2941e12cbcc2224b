import type { Situation } from "../../../shared/events/situation.ts";
import type {
  Amounts,
  Bounded,
  NodeFacts,
  Surroundings,
  VolumeFacts,
} from "../../../shared/events/surroundings.ts";
import type { ResourceAdvice, UsageFacts } from "../../../shared/events/usage-facts.ts";
import { DEFAULT_POLICY } from "../../../shared/policy-default.ts";
import { Action, type DecisionPolicy } from "../../../shared/policy-class.ts";
import { type Rules, rulesFor } from "../../../shared/policy-rules.ts";
import type { SlaClass } from "../../../shared/policy-schema.ts";

export const DECISION_ID = "0123456789abcdef0123456789abcdef";

export const GIBIBYTE = 1024 ** 3;

/** What of a situation is to be different. */
export type Change = {
  load?: Partial<Situation["load"]>;
  pod?: Partial<Situation["pod"]>;
  rest?: Partial<Situation>;
};

/** An opted-in pod of a Deployment at 92 % of its CPU limit, with nothing known around it. */
export function situation(change: Change = {}): Situation {
  return {
    decisionId: DECISION_ID,
    now: "2026-11-21T08:00:10.000Z",
    load: {
      cause: "c",
      podUid: "u",
      resource: "cpu",
      percent: 92,
      band: "high",
      observedAt: "2026-11-21T08:00:00Z",
      ...change.load,
    },
    pod: {
      namespace: "shop",
      name: "app",
      uid: "u",
      phase: "Running",
      isTerminating: false,
      isStatic: false,
      isWindows: false,
      hasPodLevelResources: false,
      containers: [container("app", "200m", "500m")],
      ...change.pod,
    },
    owner: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "app" },
    managed: true,
    isProtected: false,
    slaClass: "silver",
    autoscalers: [],
    replicaScalers: [],
    lastResize: null,
    overrides: { namespace: {}, pod: {} },
    spent: null,
    surroundings: null,
    usage: null,
    ...change.rest,
  };
}

export function container(
  name: string,
  request: string | null,
  limit: string | null,
): Situation["pod"]["containers"][number] {
  return { name, kind: "container", share: { request, limit }, restartsOnResize: false };
}

const unbounded: Bounded = { cpuMillis: null, memoryBytes: null };
const large: Amounts = { cpuMillis: 16_000, memoryBytes: 64 * GIBIBYTE };

export function node(change: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name: "minikube",
    allocatable: large,
    requested: { cpuMillis: 2000, memoryBytes: 8 * GIBIBYTE },
    requestedByLowerPriority: { cpuMillis: 0, memoryBytes: 0 },
    isSchedulable: true,
    pressures: [],
    kubeletVersion: "v1.34.1",
    ...change,
  };
}

export function volume(change: Partial<VolumeFacts> = {}): VolumeFacts {
  return {
    claim: "data",
    storageClass: "standard",
    requestedBytes: 10 * GIBIBYTE,
    capacityBytes: 10 * GIBIBYTE,
    usedBytes: 5 * GIBIBYTE,
    allowsExpansion: true,
    condition: null,
    ...change,
  };
}

export type WorkloadFacts = NonNullable<Surroundings["workload"]>;

export function workload(change: Partial<WorkloadFacts> = {}): WorkloadFacts {
  return {
    replicas: { desired: 2, ready: 2, updated: 2, isScalable: true },
    isRollingOut: false,
    isPaused: false,
    gitOps: null,
    annotations: {},
    ...change,
  };
}

/** A large and quiet cluster, where everything is known and nothing forbids a thing. */
export function surroundings(change: Partial<Surroundings> = {}): Surroundings {
  return {
    serverVersion: "1.34",
    node: node(),
    otherNodesFree: [large],
    containerLimits: { min: unbounded, max: unbounded, maxLimitRequestRatio: unbounded },
    podLimits: { min: unbounded, max: unbounded },
    quota: { requestsLeft: unbounded, limitsLeft: unbounded, podsLeft: null },
    disruptionBudgets: [],
    workload: workload(),
    volumes: [],
    ...change,
  };
}

export const NOTHING_SPENT = { workloadLastHour: 0, workloadLastDay: 0, allLastHour: 0 };

export function advice(
  kind: ResourceAdvice["kind"],
  requestAmount: number,
  neededAmount = requestAmount,
): ResourceAdvice {
  return { kind, requestAmount, neededAmount, reason: "near enough" };
}

/** A week of history of the container `app`. */
export function usage(
  change: Partial<UsageFacts["containers"][number]> = {},
  confidence: UsageFacts["confidence"] = { ratio: 1, isEnough: true },
): UsageFacts {
  const app = {
    name: "app",
    nowCpuMillis: 20,
    nowMemoryBytes: 20 * 2 ** 20,
    cpu: null,
    memory: null,
  };
  return {
    source: "prometheus",
    historyHours: 168,
    confidence,
    containers: [{ ...app, ...change }],
  };
}

/** The rules of a class with all that there is allowed and built. */
export function freeRules(
  slaClass: SlaClass = "silver",
  change: Partial<DecisionPolicy> = {},
): Rules {
  const rules = rulesFor(DEFAULT_POLICY, slaClass);
  return {
    ...rules,
    built: { actions: [...Action.options], canAskApproval: true },
    class: { ...rules.class, allowedActions: [...Action.options], ...change },
  };
}
