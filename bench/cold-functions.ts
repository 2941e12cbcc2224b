import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startCluster } from "../knative/local/cluster/start.ts";
import type { Event } from "../shared/events/contract.ts";
import { AlertFired } from "../shared/events/alert.ts";
import { LoadClassified } from "../shared/events/load.ts";
import { NumberEmitted } from "../shared/events/number.ts";
import { Ping } from "../shared/events/ping.ts";
import { ScanRequested } from "../shared/events/scan.ts";
import { toBinary } from "../shared/reply.ts";
import type { Wire } from "./load.ts";

/** A function of ours with what it needs for a first event. */
export type ColdFunction = {
  step: string;
  /** Whether the first event needs the Kubernetes API: then its first call is part of the time. */
  talksToKube: boolean;
  env: Record<string, string>;
  /** Another one each time, so that nothing is a redelivery. */
  event: () => Wire;
};

type Pod = { metadata: { name: string; uid: string } };

/** A pod of the demo cluster that has opted in and has no owner. */
const POD = { namespace: "default", name: "application-pod" };

/** The functions and, in this process, a sink and the simulated cluster for them. */
export async function coldFunctions(): Promise<{
  entries: ColdFunction[];
  close(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "vigie-bench-"));
  const cluster = await startCluster({ port: 0 });
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, cluster.kubeconfig());
  const sink = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(202).end());
  }).listen(0, "127.0.0.1");
  await once(sink, "listening");
  const address = sink.address();
  const K_SINK = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const KUBECONFIG = kubeconfig;

  const { uid } = await podOf(cluster.url);

  let count = 0;
  const next = () => ({ id: `bench-${(count += 1)}`, time: new Date().toISOString() });
  // High and low in turn, so that each has something to change.
  const percent = () => (count % 2 === 0 ? 92 : 10);
  const labels = { alertname: "PodLoad", resource: "cpu", namespace: POD.namespace, pod: POD.name };

  const entries: ColdFunction[] = [
    {
      step: "number-emit",
      talksToKube: false,
      env: {},
      event: () => toWire(Ping.create({ ...next(), data: {} })),
    },
    {
      step: "number-receive",
      talksToKube: false,
      env: { K_SERVICE: "machine-1" },
      event: () => toWire(NumberEmitted.create({ ...next(), data: { value: 417, sequence: 1 } })),
    },
    {
      step: "console",
      talksToKube: false,
      env: {},
      event: () => toWire(NumberEmitted.create({ ...next(), data: { value: 417, sequence: 1 } })),
    },
    {
      step: "alert-source",
      talksToKube: false,
      env: { K_SINK },
      event: () => webhook({ ...labels, alertname: "PodLoadHigh" }),
    },
    {
      step: "label-scan",
      talksToKube: true,
      env: { K_SINK, KUBECONFIG },
      event: () => toWire(ScanRequested.create({ ...next(), data: {} })),
    },
    {
      step: "alert-handle",
      talksToKube: true,
      env: { KUBECONFIG },
      event: () => {
        const { id, time } = next();
        return toWire(
          AlertFired.create({
            id,
            time,
            data: {
              alertname: "PodLoad",
              labels,
              annotations: {},
              percent: percent(),
              fingerprint: "07388315533bd331",
              startsAt: time,
              endsAt: null,
            },
          }),
        );
      },
    },
    {
      step: "resource-patch",
      talksToKube: true,
      env: { KUBECONFIG },
      event: () => {
        const { id, time } = next();
        return toWire(
          LoadClassified.create({
            id,
            time,
            data: {
              namespace: POD.namespace,
              pod: POD.name,
              podUid: uid,
              resource: "cpu",
              percent: 92,
              band: "high",
              previousBand: "low",
              labels: { set: { "vigie.dev/load": "high" }, removed: [] },
              owner: { apiVersion: "v1", kind: "Pod", ...POD },
              managed: true,
              slaClass: "silver",
              observedAt: time,
              cause: { id, type: AlertFired.type, alertname: "PodLoadHigh" },
            },
          }),
        );
      },
    },
  ];
  return {
    entries,
    async close() {
      sink.close();
      sink.closeAllConnections();
      await cluster.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The demo workloads come up by and by. */
async function podOf(url: string): Promise<Pod["metadata"]> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = await fetch(`${url}/api/v1/namespaces/${POD.namespace}/pods/${POD.name}`);
    if (found.ok) return ((await found.json()) as Pod).metadata;
    await delay(100);
  }
  throw new Error(`the simulated cluster has no pod ${POD.namespace}/${POD.name}`);
}

/** The event as it goes over the wire, in binary mode. */
export function toWire(event: Event): Wire {
  const { headers, body = "" } = toBinary(event);
  const named: Record<string, string> = {};
  for (let index = 0; index < headers.length; index += 2) {
    named[headers[index] ?? ""] = headers[index + 1] ?? "";
  }
  return { path: "/", headers: named, body: body.toString() };
}

function webhook(labels: Record<string, string>): Wire {
  const alert = {
    status: "firing",
    labels,
    annotations: { ratio: "0.9200" },
    startsAt: new Date().toISOString(),
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus:9090/graph",
    fingerprint: "07388315533bd331",
  };
  const body = JSON.stringify({
    version: "4",
    status: "firing",
    receiver: "knative",
    groupKey: "{}:{}",
    truncatedAlerts: 0,
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    alerts: [alert],
  });
  return { path: "/alerts", headers: { "content-type": "application/json" }, body };
}
