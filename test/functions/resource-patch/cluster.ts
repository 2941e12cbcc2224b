import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCapability } from "../../../functions/resource-patch/capability.ts";
import { createChangeLedger } from "../../../functions/resource-patch/change-ledger.ts";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { createPauseBook } from "../../../functions/resource-patch/pause-book.ts";
import type { Pod } from "../../../functions/resource-patch/pod-facts.ts";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import { UsageEnv } from "../../../functions/resource-patch/usage/env.ts";
import { openUsage } from "../../../functions/resource-patch/usage/read-usage.ts";
import { parseScenario } from "../../../knative/local/cluster/scenario.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { LoadClassified } from "../../../shared/events/load.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { createMemoryStore } from "../../../shared/kube/journal-store.ts";
import { readPolicy } from "../../../shared/policy.ts";
import { recording } from "../../recording.ts";
import { highLoad, type Load } from "./high-load.ts";

/** As knative/base names it. */
const CHANGES = "resource-patch-changes";

/** The simulated cluster with a few pods, and what the function acts with there. */
export type Lab = {
  cluster: Cluster;
  context: Context;
  pod(name: string, namespace?: string): Pod;
  /** The alert's fact about a pod, as alert-handle tells it. */
  load(name: string, fact?: Partial<Load>): Event<Load> & { data: Load };
  stop(): Promise<void>;
};

const managed = { "vigie.dev/managed": "true", "vigie.dev/sla": "silver" };
const size = (cpu: [string, string], memory: [string, string]) => ({
  requests: { cpu: cpu[0], memory: memory[0] },
  limits: { cpu: cpu[1], memory: memory[1] },
});
const bare = (name: string, more: object = {}, container: object = {}) => ({
  kind: "Pod",
  namespace: "shop",
  name,
  podLabels: managed,
  nodeSelector: { size: "large" },
  containers: [
    {
      name: "app",
      image: "app:1",
      ...size(["200m", "500m"], ["128Mi", "256Mi"]),
      load: { cpuMillis: 100, memoryBytes: 1_000_000 },
      ...container,
    },
  ],
  ...more,
});

const scenario = parseScenario({
  nodes: [
    { name: "minikube", labels: { size: "large" } },
    { name: "small", cpu: "1", memory: "2Gi", labels: { size: "small" } },
  ],
  namespaces: [
    { name: "shop" },
    { name: "kube-system" },
    { name: "gilded", labels: { "vigie.dev/sla": "gold" } },
  ],
  workloads: [
    bare("app"),
    bare("twins", {
      containers: [
        bare("x").containers[0],
        { name: "side", image: "s:1", ...size(["100m", "100m"], ["64Mi", "64Mi"]) },
        { name: "free", image: "f:1" },
      ],
    }),
    bare("stranger", { podLabels: {} }),
    bare("system", { namespace: "kube-system" }),
    bare("plain", { namespace: "gilded", podLabels: { fogsla: "ok" } }),
    bare("huge", { nodeSelector: { size: "small" } }, size(["500m", "500m"], ["64Mi", "64Mi"])),
    bare("unsized", {}, { requests: {}, limits: {} }),
    bare(
      "restarts",
      {},
      {
        resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }],
      },
    ),
    { ...bare("web"), kind: "Deployment", labels: managed, podLabels: {} },
  ],
});

export async function startLab(): Promise<Lab> {
  const cluster = await startCluster({ port: 0, scenario, ...recording() });
  const folder = mkdtempSync(join(tmpdir(), "vigie-"));
  const file = join(folder, "kubeconfig");
  writeFileSync(file, cluster.kubeconfig());
  const kube = createKubeClient({ env: { KUBECONFIG: file } });
  const recent = createRecent();
  cluster.apply([
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CHANGES, namespace: kube.namespace },
    } as never,
  ]);
  const context: Context = {
    kube,
    ledger: createChangeLedger(kube, recent, CHANGES),
    policy: await readPolicy(),
    pauses: createPauseBook(createMemoryStore()),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    recent,
    usage: openUsage(UsageEnv.parse({}), kube),
    canResize: createCapability(kube),
    now: Date.now,
    instance: "test",
  };
  const pod = (name: string, namespace = "shop") => {
    const found = cluster.get("v1", "Pod", namespace, name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return structuredClone(found) as unknown as Pod;
  };
  return {
    cluster,
    context,
    pod,
    load(name, fact = {}) {
      const namespace = fact.namespace ?? "shop";
      const { uid } = pod(name, namespace).metadata;
      const data = highLoad({ namespace, name, uid }, fact);
      const id = `load-${name}-${data.resource}-${data.observedAt}-${data.percent}`;
      const event = LoadClassified.create({ id, data });
      return { ...event, data };
    },
    async stop() {
      await kube.close();
      await cluster.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The same cluster with the rights of a token; `lost` fills with what was logged as a warning. */
export function connectAs(
  { cluster, context }: Lab,
  token: string,
): { context: Context; lost: object[]; stop: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), "vigie-"));
  const file = join(folder, "kubeconfig");
  writeFileSync(file, cluster.kubeconfig({ token, namespace: "vigie" }));
  const kube = createKubeClient({ env: { KUBECONFIG: file } });
  const lost: object[] = [];
  const log = { ...context.log, warn: (fields: object) => void lost.push(fields) };
  const recent = createRecent();
  const ledger = createChangeLedger(kube, recent, CHANGES);
  return {
    context: { ...context, kube, log, recent, ledger, canResize: createCapability(kube) },
    lost,
    stop: async () => {
      await kube.close();
      rmSync(folder, { recursive: true });
    },
  };
}
