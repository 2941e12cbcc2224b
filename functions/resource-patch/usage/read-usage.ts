import type * as z from "zod/mini";
import type { Owner } from "../../../shared/events/load.ts";
import type { NoUsage, UsageFacts } from "../../../shared/events/usage-facts.ts";
import { createGate, type Gate } from "../../../shared/gate.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import type { ClassPolicy } from "../../../shared/policy-class.ts";
import type { Pod } from "../pod-facts.ts";
import type { SizingSettings } from "../sizing/settings.ts";
import { advise, type Known, knownOf } from "./advise.ts";
import { type Asker, createAsker } from "./ask.ts";
import { type BurstCache, createBurstCache } from "./burst-cache.ts";
import { sizedContainers } from "./containers.ts";
import type { UsageEnv } from "./env.ts";
import { podNames } from "./pod-names.ts";
import { readPodMetrics } from "./pod-metrics.ts";
import { createPrometheus, type Prometheus } from "./prometheus.ts";
import type { Selection } from "./promql.ts";
import { UsageFault } from "./usage-fault.ts";

/** Of whom, and by which rules. */
export type UsageQuestion = {
  pod: Pod;
  owner: Owner;
  /** Bounds of the sizes. */
  bounds: ClassPolicy;
  settings: SizingSettings;
  /** Its own mark on the pod is no earlier change. */
  decisionId: string;
  /** ISO 8601. */
  now: string;
};

/** What usage is read with; for as long as the process lives. */
export type UsageDeps = {
  kube: KubeClient;
  /** null: history is off. */
  prometheus: {
    ask: Asker;
    queryRange: Prometheus["queryRange"];
    timeoutMs: number;
    gate: Gate;
    cache: BurstCache<UsageFacts | null>;
  } | null;
  close(): void;
};

/** As often as the rules are evaluated: there is nothing newer, however many pods alert at once. */
const KEEP_MS = 15_000;

/** Facts of a workload with their key are some 5 kB: 5 MB at most, whatever the storm. */
const MAX_KEPT = 1000;

/**
 * Workloads asked about at a time, with three queries each: of the 20 that Prometheus works on at a
 * time by default people need some, too. Who waits does so within the time-out.
 */
const GATE = { places: 4, maxWaiting: 1000 };

/** Beside the API server, and it works nothing out. */
const METRICS_TIMEOUT_MS = 500;

export function openUsage(env: UsageEnv, kube: KubeClient): UsageDeps {
  const prometheus = createPrometheus(env);
  if (prometheus === null) return { kube, prometheus: null, close() {} };
  const nowMs = () => performance.now();
  return {
    kube,
    prometheus: {
      ask: createAsker(prometheus),
      queryRange: (query, deadlineMs) => prometheus.queryRange(query, deadlineMs),
      timeoutMs: prometheus.timeoutMs,
      gate: createGate(GATE),
      cache: createBurstCache({ keepMs: KEEP_MS, maxEntries: MAX_KEPT, nowMs }),
    },
    close: () => prometheus.close(),
  };
}

/**
 * The usage of a workload and the advice that follows, from Prometheus; else what its metrics
 * server says of this pod now, without advice; else why there is neither. Never throws for the
 * want of either, and takes about 1.5 s at the most by default: a decision is made without it.
 */
export async function readUsage(
  deps: UsageDeps,
  question: UsageQuestion,
): Promise<UsageFacts | z.infer<typeof NoUsage>> {
  const { pod, owner, bounds, settings } = question;
  const sized = sizedContainers(pod, bounds);
  if (sized.length === 0) return { reason: "none of its containers is ours to size" };
  const selection: Selection = {
    namespace: pod.metadata.namespace,
    pods: podNames(owner, pod.metadata.name),
    containers: sized.map(({ name }) => name),
  };
  const faults: string[] = [];
  const note = (error: unknown): null => {
    if (!(error instanceof UsageFault)) throw error;
    faults.push(error.message);
    return null;
  };
  const known = knownOf(pod, sized, settings, question);
  const facts = await fromPrometheus(deps, selection, known, question.now).catch(note);
  if (facts !== null) return facts;
  const now = await fromMetricsServer(deps, pod, selection.containers).catch(note);
  return now ?? { reason: faults.join("; ") };
}

/** @throws UsageFault when history is off, Prometheus does not answer, or does not know the workload. */
async function fromPrometheus(
  { prometheus }: UsageDeps,
  selection: Selection,
  known: Known,
  now: string,
): Promise<UsageFacts> {
  if (prometheus === null) throw new UsageFault("history is off: PROMETHEUS_URL is not set");
  const { ask, timeoutMs, gate, cache } = prometheus;
  const nowSeconds = Date.parse(now) / 1000;
  const facts = await cache.get(JSON.stringify([selection, known]), async () => {
    const deadlineMs = performance.now() + timeoutMs;
    await gate.enter(AbortSignal.timeout(timeoutMs)).catch((cause: unknown) => {
      throw new UsageFault("too many workloads ask Prometheus at once", { cause });
    });
    try {
      return advise(await ask(selection, nowSeconds, deadlineMs), known, nowSeconds);
    } finally {
      gate.leave();
    }
  });
  if (facts === null) throw new UsageFault("Prometheus knows no usage of it");
  return facts;
}

/** @throws UsageFault when there is no metrics server, or it does not know the pod. */
async function fromMetricsServer(
  { kube }: UsageDeps,
  { metadata }: Pod,
  containers: readonly string[],
): Promise<UsageFacts> {
  const used = await readPodMetrics(kube, metadata, AbortSignal.timeout(METRICS_TIMEOUT_MS));
  return {
    source: "metrics.k8s.io",
    historyHours: 0,
    confidence: { ratio: 0, isEnough: false },
    containers: containers.map((name) => ({
      name,
      nowCpuMillis: used.get(name)?.cpuMillis ?? null,
      nowMemoryBytes: used.get(name)?.memoryBytes ?? null,
      cpu: null,
      memory: null,
    })),
  };
}
