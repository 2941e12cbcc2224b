import assert from "node:assert/strict";
import fc from "fast-check";
import { createChangeLedger } from "../../../functions/resource-patch/change-ledger.ts";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { decide } from "../../../functions/resource-patch/decide.ts";
import { createPauseBook } from "../../../functions/resource-patch/pause-book.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { handleLoad } from "../../../functions/resource-patch/handle-load.ts";
import { toDecided } from "../../../functions/resource-patch/to-decided.ts";
import { handleFound } from "../../../functions/resource-patch/zones/handle-found.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { LoadClassified } from "../../../shared/events/load.ts";
import type { Scope } from "../../../shared/events/order.ts";
import type { DecisionRecord } from "../../../shared/events/decided.ts";
import { WorkloadFound } from "../../../shared/events/scan.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { createMemoryStore } from "../../../shared/kube/journal-store.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { DEFAULT_POLICY } from "../../../shared/policy-default.ts";
import type * as z from "zod/mini";
import { Action } from "../../../shared/policy-class.ts";
import { type Policy, Strategy } from "../../../shared/policy-schema.ts";

const NAMESPACES = ["shop", "kube-system", "knative-serving", "vigie"] as const;

/** What a cluster and a policy may say of one Deployment with a pod. */
const anyWorld = fc.record({
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
type World = typeof anyWorld extends fc.Arbitrary<infer T> ? T : never;

function isForbidden(world: World): boolean {
  const { namespace, podLabels, ownerLabels, paused, pausedScope } = world;
  const { mode, annotation, strategy } = world;
  const hasOptedIn = podLabels["fogsla"] === "ok" || ownerLabels["vigie.dev/managed"] === "true";
  return (
    namespace !== "shop" ||
    !hasOptedIn ||
    paused ||
    pausedScope !== "none" ||
    mode !== "auto" ||
    Object.keys(annotation).length > 0 ||
    strategy === "recommend-only"
  );
}

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

/** A Kubernetes API of one Deployment, which notes what is written to it. */
function kubeOf(world: World): { kube: KubeClient; writes: KubeRequest[] } {
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
      annotations: annotation,
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
        ...meta("web", { labels: ownerLabels }),
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
        return structuredClone(pod) as T;
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

/** What somebody could post to the broker: a decision to act or to be approved, made of the same facts by other rules. */
function forged({ inputs, policy }: DecisionRecord, mode: "auto" | "approve"): DecisionRecord {
  const { pod, owner } = inputs;
  const free = {
    ...inputs,
    managed: true,
    workloadManaged: true,
    isProtected: false,
    pause: undefined,
    overrides: { namespace: {}, pod: {} },
    load: { ...inputs.load, band: "high" as const, percent: 92 },
    pod: { ...pod, namespace: owner.namespace },
  };
  const rules = { ...policy, paused: false, class: { ...policy.class, mode } };
  const strategy = rules.strategy === "recommend-only" ? "usage" : rules.strategy;
  return decide(free, { ...rules, strategy });
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

async function writesOf(world: World): Promise<KubeRequest[]> {
  const { kube, writes } = kubeOf(world);
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
  const { namespace, percent } = world;
  const band = percent >= 66 ? "high" : percent >= 33 ? "moderate" : "low";
  const load: z.infer<typeof LoadClassified.data> = {
    namespace,
    pod: "web-1",
    podUid: "web-1",
    resource: "cpu",
    percent,
    band,
    previousBand: null,
    labels: { set: {}, removed: [] },
    owner: { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" },
    // What an event claims is not believed.
    managed: true,
    slaClass: "silver",
    observedAt: "2026-11-21T08:00:00Z",
    cause: { id: "1", type: "dev.vigie.alert.fired.v1", alertname: "PodLoadHigh" },
  };
  const found = {
    kind: "Deployment",
    namespace,
    name: "web",
    slaClass: "silver" as const,
    pods: 1,
  };
  const told = [
    await handleLoad({ ...LoadClassified.create({ id: "l", data: load }), data: load }, context),
    await handleFound({ ...WorkloadFound.create({ id: "f", data: found }), data: found }, context),
  ];
  for (const { reply } of told) {
    if (reply === undefined) continue;
    const event = reply as Event<DecisionRecord> & { data: DecisionRecord };
    const { forgedMode } = world;
    const record = forgedMode === null ? event.data : forged(event.data, forgedMode);
    await handleDecision({ ...toDecided(record), data: record }, context);
  }
  return writes;
}

describe("resource-patch, whatever the cluster, the policy and the event", function () {
  this.timeout(30_000);

  it("writes nothing to what has not opted in, is protected, paused or only recommended", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        fc.pre(isForbidden(world));
        assert.deepEqual(await writesOf(world), []);
      }),
      { numRuns: 300 },
    );
  });

  it("writes to a workload only when it has opted in itself, not one of its pods", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (drawn) => {
        // A pod that was labelled by hand, in a world where all else allows a write.
        const world: World = {
          ...drawn,
          namespace: "shop",
          podLabels: { fogsla: "ok" },
          paused: false,
          pausedScope: "none",
          mode: "auto",
          annotation: {},
        };
        const { ownerLabels, templateLabels } = world;
        const isAsked =
          ownerLabels["vigie.dev/managed"] === "true" || templateLabels["fogsla"] === "ok";
        const writes = await writesOf(world);
        const toWorkload = writes.filter(({ path }) => path.includes("/deployments/"));
        if (!isAsked) assert.deepEqual(toWorkload, []);
        else if (world.strategy === "cluster-zone" && world.forgedMode === null)
          assert.equal(toWorkload.length, 1);
      }),
      { numRuns: 200 },
    );
  });

  it("writes to what has opted in, with each strategy that writes", async () => {
    for (const strategy of ["usage", "vpa", "cluster-zone"] as const) {
      const writes = await writesOf({
        namespace: "shop",
        podLabels: {},
        ownerLabels: { "vigie.dev/managed": "true" },
        templateLabels: {},
        paused: false,
        pausedScope: "none",
        mode: "auto",
        annotation: {},
        strategy,
        percent: 92,
        forgedMode: null,
      });
      const target = strategy === "cluster-zone" ? "/deployments/web" : "/pods/web-1";
      assert.ok(
        writes.some(({ path }) => path.endsWith(target)),
        strategy,
      );
    }
  });
});
