import fc from "fast-check";
import { createChangeLedger } from "../../../functions/resource-patch/change-ledger.ts";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { createPauseBook } from "../../../functions/resource-patch/pause-book.ts";
import type { Scope } from "../../../shared/events/order.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { createMemoryStore } from "../../../shared/kube/journal-store.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { Action } from "../../../shared/policy-class.ts";
import { DEFAULT_POLICY } from "../../../shared/policy-default.ts";
import { type Policy, Strategy } from "../../../shared/policy-schema.ts";

const NAMESPACES = ["shop", "kube-system", "knative-serving", "vigie"] as const;

/** What a cluster and a policy may say of one Deployment with a pod. */
export const anyWorld = fc.record({
  namespace: fc.constantFrom("shop" as const, ...NAMESPACES),
  podLabels: fc.constantFrom<Record<string, string>>({}, { fogsla: "ok" }, { fogsla: "no" }),
  ownerLabels: fc.constantFrom<Record<string, string>>(
    {},
    { "vigie.dev/managed": "true" },
    { "vigie.dev/managed": "false" },
  ),
  templateLabels: fc.constantFrom<Record<string, string>>({}, { fogsla: "ok" }),
  paused: fc.boolean(),
  /** What somebody asked by an event to leave alone. */
  pausedScope: fc.constantFrom(
    "none" as const,
    "none" as const,
    "all" as const,
    "namespace" as const,
    "workload" as const,
  ),
  mode: fc.constantFrom("auto" as const, "auto" as const, "recommend" as const),
  annotation: fc.constantFrom<Record<string, string>>(
    {},
    {},
    { "vigie.dev/mode": "recommend" },
    { "vigie.dev/policy.nonsense": "1" },
  ),
  strategy: fc.constantFrom(...Strategy.options),
  percent: fc.integer({ min: 0, max: 150 }),
  forgedMode: fc.constantFrom(null, "auto" as const, "approve" as const),
});
export type World = typeof anyWorld extends fc.Arbitrary<infer T> ? T : never;

/** One in which nothing forbids a write: the workload has opted in. */
export const FREE_WORLD: World = {
  namespace: "shop",
  podLabels: {},
  ownerLabels: { "vigie.dev/managed": "true" },
  templateLabels: {},
  paused: false,
  pausedScope: "none",
  mode: "auto",
  annotation: {},
  strategy: "usage",
  percent: 92,
  forgedMode: null,
};

function policyOf({ paused, mode, strategy }: World): Policy {
  const { gold, silver, bronze } = DEFAULT_POLICY.classes;
  const change = { mode, allowedActions: [...Action.options] };
  return {
    ...DEFAULT_POLICY,
    paused,
    strategy,
    classes: {
      gold: { ...gold, ...change },
      silver: { ...silver, ...change },
      bronze: { ...bronze, ...change },
    },
  };
}

/** Annotations beside those of the world, of the pod and of its Deployment. */
export type Noted = { pod: Record<string, string>; workload: Record<string, string> };

/** A Kubernetes API of one Deployment, which notes what is written to it. */
function kubeOf(world: World, noted: Noted): { kube: KubeClient; writes: KubeRequest[] } {
  const { namespace, podLabels, ownerLabels, templateLabels, annotation } = world;
  const writes: KubeRequest[] = [];
  const template = {
    containers: [
      { name: "app", resources: { requests: { cpu: "200m" }, limits: { cpu: "500m" } } },
    ],
  };
  const owned = (kind: string, name: string) => [
    { apiVersion: "apps/v1", kind, name, uid: name, controller: true },
  ];
  const meta = (name: string, more: object) => ({
    metadata: { namespace, name, uid: name, resourceVersion: "1", generation: 1, ...more },
  });
  const pod = {
    ...meta("web-1", {
      labels: podLabels,
      annotations: { ...annotation, ...noted.pod },
      ownerReferences: owned("ReplicaSet", "web-rs"),
    }),
    spec: { ...template, nodeName: "one" },
    status: { phase: "Running" },
  };
  const node = {
    metadata: { name: "one" },
    status: {
      allocatable: { cpu: "4", memory: "8Gi" },
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
  const vpa = {
    metadata: { name: "vpa" },
    spec: {
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      updatePolicy: { updateMode: "Off" },
    },
    status: {
      recommendation: {
        containerRecommendations: [{ containerName: "app", target: { cpu: "300m" } }],
      },
    },
  };
  const answers = new Map<string, unknown>([
    [`/api/v1/namespaces/${namespace}`, { metadata: { name: namespace } }],
    [`/api/v1/namespaces/${namespace}/pods/web-1`, pod],
    [
      `/apis/apps/v1/namespaces/${namespace}/replicasets/web-rs`,
      meta("web-rs", { ownerReferences: owned("Deployment", "web") }),
    ],
    [
      `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
      {
        ...meta("web", { labels: ownerLabels, annotations: noted.workload }),
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: templateLabels }, spec: template },
        },
        status: { observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1 },
      },
    ],
    ["/api/v1/nodes/one", node],
    ["/version", { major: "1", minor: "34" }],
  ]);
  const lists = new Map<string, object[]>([
    [`/api/v1/namespaces/${namespace}/pods`, [pod]],
    ["/api/v1/pods", [pod]],
    ["/api/v1/nodes", [node]],
    [`/apis/autoscaling.k8s.io/v1/namespaces/${namespace}/verticalpodautoscalers`, [vpa]],
  ]);
  const isList = (path: string) =>
    /\/(horizontalpodautoscalers|scaledobjects|limitranges|resourcequotas|poddisruptionbudgets)$/.test(
      path,
    );
  const kube: KubeClient = {
    namespace,
    async request<T>({ method, path, pick, ...rest }: KubeRequest): Promise<T> {
      if (method !== "GET") {
        writes.push({ method, path, ...rest });
        const written = answers.get(path.replace(/\/(resize|scale)$/, "")) ?? pod;
        return structuredClone(written) as T;
      }
      const items = lists.get(path) ?? (isList(path) ? [] : undefined);
      if (items !== undefined) {
        const all = structuredClone(items);
        return { metadata: {}, items: pick === undefined ? all : all.map(pick) } as T;
      }
      const found = answers.get(path);
      if (found === undefined) {
        throw new KubeError({ httpStatus: 404, reason: "NotFound", message: path });
      }
      return structuredClone(found) as T;
    },
    async close() {},
  };
  return { kube, writes };
}

function scopeOf({ pausedScope, namespace }: World): Scope | null {
  switch (pausedScope) {
    case "none":
      return null;
    case "all":
      return { scope: "all" };
    case "namespace":
      return { scope: "namespace", namespace };
    case "workload":
      return { scope: "workload", namespace, kind: "Deployment", name: "web" };
  }
}

/** What a handler acts with in a world, and what it writes there. */
export async function startWorld(
  world: World,
  noted: Noted = { pod: {}, workload: {} },
): Promise<{ context: Context; writes: readonly KubeRequest[] }> {
  const { kube, writes } = kubeOf(world, noted);
  const recent = createRecent();
  const pauses = createPauseBook(createMemoryStore());
  const target = scopeOf(world);
  if (target !== null) {
    const at = "2026-11-21T07:00:00Z";
    const request = {
      id: "p",
      kind: "pause" as const,
      target,
      at,
      until: null,
      by: "me",
      note: null,
    };
    await pauses.add(request, at);
  }
  const context: Context = {
    kube,
    recent,
    ledger: createChangeLedger(kube, recent, undefined),
    policy: policyOf(world),
    usage: { kube, prometheus: null, close() {} },
    pauses,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    canResize: async () => true,
    now: () => Date.parse("2026-11-21T08:00:10Z"),
    instance: "test",
  };
  return { context, writes };
}
