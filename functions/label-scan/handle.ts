import { counted } from "../../shared/counted.ts";
import { TransientError } from "../../shared/errors.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { Ping } from "../../shared/events/ping.ts";
import { RevertRequested } from "../../shared/events/order.ts";
import { LabelsScanned, ScanRequested, WorkloadFound } from "../../shared/events/scan.ts";
import { type FunctionSpec, on, type Outcome } from "../../shared/function.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import { type Labels, slaClassOf } from "../../shared/opt-in.ts";
import type { Policy } from "../../shared/policy.ts";
import type { Scope } from "./contract.ts";
import type { Effects } from "./effects.ts";
import { findReverts, findReviews } from "./find-changed.ts";
import { labelsRoute } from "./labels-route.ts";
import { listNodes, listPods, listScoped, type ScanOptions } from "./scan.ts";
import { parseSelector } from "./selector.ts";
import { sendAll } from "./send-all.ts";
import { type Workload, WorkloadTally } from "./workloads.ts";

/** The clock that asks for what is due; every other one asks for a whole scan. */
const RELIEF_CLOCK = "/relief-clock";

export function createLabelScan(effects: Effects): Pick<FunctionSpec, "on" | "routes"> {
  return {
    on: [
      on(Ping, (event) =>
        event.source.endsWith(RELIEF_CLOCK)
          ? findReviews(effects, event)
          : scan(effects, event, { namespaces: [] }),
      ),
      on(RevertRequested, (event) => findReverts(effects, event)),
      on(ScanRequested, (event) => {
        const { selector, namespaces = [] } = event.data;
        return scan(effects, event, {
          namespaces: namespaces.map((namespace) => pathSegment(namespace)),
          ...(selector ? { selector: parseSelector(selector) } : {}),
        });
      }),
    ],
    routes: (app) => {
      app.get("/labels", labelsRoute(effects));
    },
  };
}

/** Reads everything once; sends what has opted in, one event a workload, and says what was seen. */
async function scan(effects: Effects, cause: Event, scope: Scope): Promise<Outcome> {
  const { kube, policy, send, log, now } = effects;
  if (send === null) {
    throw new TransientError("SINK_MISSING", "K_SINK is not set: the workloads cannot be sent");
  }
  const startedMs = now();
  const options: ScanOptions = { onRestart: () => log.warn({ scope }, "list restarted") };
  const tally = new WorkloadTally(policy);
  const namespaces = new Set<string>();
  let pods = 0;
  let managed = 0;
  const namespaceLabels = readNamespaces(kube, options);
  const sendFound = async (workloads: readonly Workload[]): Promise<void> => {
    managed += workloads.length;
    const labelsOf = await namespaceLabels;
    await sendAll(send, workloads, (workload) =>
      toEvent(workload, cause, policy, labelsOf.get(workload.namespace) ?? {}),
    );
  };
  const [nodes] = await Promise.all([
    countNodes(kube, options),
    namespaceLabels,
    (async () => {
      for await (const page of listPods(kube, scope, options)) {
        pods += page.length;
        for (const { namespace = "" } of page) namespaces.add(namespace);
        await sendFound(page.flatMap((pod) => tally.addPod(pod) ?? []));
      }
    })(),
  ]);
  await sendFound(await tally.resolve(kube, scope, options));
  return {
    kind: "scanned",
    reason: `${counted(managed, "workload has", "workloads have")} opted in, of ${counted(pods, "pod")}`,
    reply: LabelsScanned.create({
      id: deriveId("labels.scanned", cause.source, cause.id),
      ...(cause.time === undefined ? {} : { time: cause.time }),
      data: {
        pods,
        namespaces: namespaces.size,
        nodes,
        managed,
        durationMs: Math.max(0, now() - startedMs),
      },
    }),
  };
}

function toEvent(workload: Workload, cause: Event, policy: Policy, namespaceLabels: Labels): Event {
  const { kind, namespace, name, pods, podLabels, workloadLabels } = workload;
  const slaClass = slaClassOf({ podLabels, workloadLabels, namespaceLabels }, policy);
  return WorkloadFound.create({
    id: deriveId("workload.found", cause.source, cause.id, kind, namespace, name),
    subject: `${namespace}/${kind}/${name}`,
    ...(cause.time === undefined ? {} : { time: cause.time }),
    extensions: { sla: slaClass, strategy: policy.strategy },
    data: {
      kind,
      namespace,
      name,
      slaClass,
      pods,
      ...(cause.type === ScanRequested.type ? { asked: true } : {}),
    },
  });
}

async function countNodes(kube: KubeClient, options: ScanOptions): Promise<number> {
  let nodes = 0;
  for await (const page of listNodes(kube, options)) nodes += page.length;
  return nodes;
}

/** Labels of all namespaces: a class may be given to a whole namespace. */
async function readNamespaces(
  kube: KubeClient,
  options: ScanOptions,
): Promise<ReadonlyMap<string, Labels>> {
  const labels = new Map<string, Labels>();
  const collection = { group: "api/v1", plural: "namespaces" };
  for await (const page of listScoped(kube, collection, { namespaces: [] }, options)) {
    for (const namespace of page) labels.set(namespace.name, namespace.labels ?? {});
  }
  return labels;
}
