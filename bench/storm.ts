import { createKubeClient } from "../shared/kube/connect.ts";
import { listMetadata } from "../shared/kube/list.ts";
import { patchPodMetadata, readPodMetadata } from "../shared/kube/pods.ts";
import { podName } from "./big-pods.ts";
import { spawnCluster } from "./big-cluster.ts";
import { median } from "./contender.ts";
import { cpuMilliseconds } from "./cpu-time.ts";
import { cpuSince, type Passed, passEmptyRoute } from "./empty-route/run.ts";
import type { Clients } from "./empty-route/start.ts";
import { type Sent, stormOf, type Storm } from "./storm-alerts.ts";
import { type StormRuntime, startStormRuntime } from "./storm-runtime.ts";
import { readOptions } from "../shared/command-options.ts";

const { values } = readOptions("npm run bench:storm -- [options]", {
  options: {
    pods: { type: "string", default: "10000" },
    /** Alerts in a webhook: 1 with our route, up to 500 where a route groups by namespace. */
    group: { type: "string", default: "1" },
    /** Webhooks that Alertmanager has under way at once; it has no limit of its own. */
    parallel: { type: "string", default: "32" },
    /** Beside the route an empty one, before and after: what is left of it without our code. */
    ceiling: { type: "boolean", default: false },
  },
});
const pods = Number(values.pods);
const parallel = Number(values.parallel);
const BAND = "vigie.dev/load";
/** Connections of the project's Kubernetes client: more in flight would only wait there. */
const PATCHES_AT_ONCE = 16;

const cluster = await spawnCluster(pods);
const runtime = await startStormRuntime(cluster.url);
const kube = createKubeClient({ env: { KUBECONFIG: runtime.kubeconfig } });
try {
  await createJournal();
  await settledLabels(runtime);
  const storm = stormOf(pods, Number(values.group));
  const empty: Record<Clients, Passed[]> = { ours: [], undici: [] };
  const bare = [await barePatches()];
  await passEmptyRoutes(empty);
  const cpuBefore = cpuNow(runtime.cpu());
  const startedMs = performance.now();
  await sendAll(storm);
  const acceptedSeconds = (performance.now() - startedMs) / 1_000;
  const counts = await runtime.untilQuiet();
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpu = cpuSince(cpuBefore, cpuNow(runtime.cpu()));
  await passEmptyRoutes(empty);
  bare.push(await barePatches());
  const wrong = await wrongPods(storm);
  const lost = await runtime.deadLetters();
  // A mistyped name has to be seen, and nobody can tell it from a pod that went meanwhile.
  const unexplained = lost.deadLetters.filter(({ reason }) => {
    const name = /no pod (\S+) exists/.exec(reason)?.[1];
    return name === undefined || !storm.vanished.has(name);
  });
  const speeds = bare.map((each) => each.perSecond);
  const perSecond = median(speeds);
  const written = pods - storm.vanished.size;
  const lines = [
    `${pods} pods, ${storm.facts} facts in ${storm.webhooks.length} webhooks, node ${process.version}`,
    `  webhooks accepted after   ${acceptedSeconds.toFixed(1)} s, ${storm.retries} answered 503 and sent again`,
    `  all facts handled after   ${seconds.toFixed(1)} s: ${(written / seconds).toFixed(0)} pods/s`,
    `  bare loop of PATCHes      ${perSecond.toFixed(0)} pods/s (before and after ${speeds.map((each) => each.toFixed(0)).join(", ")})`,
    `    CPU of a pod, ms        ${cpuText(
      bare.map((each) => each.cpu),
      pods,
    )}`,
    `  ratio                     ${(written / seconds / perSecond).toFixed(2)}`,
    `  CPU of a fact, ms         ${cpuText([cpu], storm.facts)}`,
    ...Object.entries(empty).flatMap(([clients, rounds]) => emptyLines(clients, rounds, perSecond)),
    `  wrong label               ${wrong.length}${wrong.length === 0 ? "" : `: ${wrong.slice(0, 3).join("; ")}`}`,
    `  dead letters              ${lost.kept}, of vanished pods all but ${unexplained.length}${unexplained
      .slice(0, 3)
      .map(({ reason, trigger }) => `; ${trigger}: ${reason}`)
      .join("")}`,
    `  alert-handle's trigger    ${JSON.stringify(counts)}; vanished pods ${storm.vanished.size}`,
    ...runtime
      .peaks()
      .map(
        ({ name, bytes, cpuSeconds }) =>
          `  ${name.padEnd(25)} peak ${(bytes / 1e6).toFixed(0)} MB, ${cpuSeconds.toFixed(1)} s on a CPU`,
      ),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  const isAllListed = lost.kept === lost.deadLetters.length;
  if (wrong.length > 0 || unexplained.length > 0 || !isAllListed) process.exitCode = 1;
} finally {
  await kube.close();
  await runtime.stop();
  await cluster.stop();
}

/** One fact a webhook, whatever the route's groups are: it has no groups. */
async function passEmptyRoutes(passed: Record<Clients, Passed[]>): Promise<void> {
  if (!values.ceiling) return;
  for (const clients of ["ours", "undici"] as const) {
    const before = cpuNow(new Map());
    const { seconds, cpu } = await passEmptyRoute(cluster.url, clients, {
      storm: stormOf(pods, 1),
      pods,
      parallel,
    });
    const others = cpuSince(before, cpuNow(new Map()));
    passed[clients].push({ seconds, cpu: new Map([...cpu, ...others]) });
  }
}

/** Milliseconds so far: of these processes, the API server and this one, which sends. */
function cpuNow(processes: ReadonlyMap<string, number>): Map<string, number> {
  const others = { "API server": cluster.pid, sender: process.pid };
  const ms = Object.entries(others).map(([name, pid]) => [name, cpuMilliseconds(pid)] as const);
  return new Map([...processes, ...ms]);
}

function cpuText(rounds: readonly ReadonlyMap<string, number>[], facts: number): string {
  const names = [...(rounds[0]?.keys() ?? [])];
  const each = names.map((name) => ({
    name,
    ms: median(rounds.map((round) => (round.get(name) ?? 0) / facts)),
  }));
  const total = each.reduce((sum, { ms }) => sum + ms, 0);
  return `${total.toFixed(2)}: ${each.map(({ name, ms }) => `${name} ${ms.toFixed(2)}`).join(", ")}`;
}

function emptyLines(clients: string, rounds: readonly Passed[], perSecond: number): string[] {
  if (rounds.length === 0) return [];
  const { facts } = stormOf(pods, 1);
  const speeds = rounds.map(({ seconds }) => pods / seconds);
  const speed = median(speeds);
  const all = speeds.map((each) => each.toFixed(0)).join(", ");
  const cpu = cpuText(
    rounds.map((round) => round.cpu),
    facts,
  );
  return [
    `  empty route, ${clients.padEnd(12)} ${speed.toFixed(0)} pods/s (before and after ${all}), of the bare loop ${(speed / perSecond).toFixed(2)}`,
    `    CPU of a fact, ms       ${cpu}`,
  ];
}

/** What knative/base applies to a cluster, and the console writes to. */
async function createJournal(): Promise<void> {
  const create = (path: string, body: object) => kube.request({ method: "POST", path, body });
  const metadata = { name: "vigie" };
  await create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  const journal = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "console-journal" } };
  await create("/api/v1/namespaces/vigie/configmaps", journal);
}

/** How fast a loop is that does nothing but the write that alert-handle does, and what it takes. */
async function barePatches(): Promise<{ perSecond: number; cpu: Map<string, number> }> {
  const cpuBefore = cpuNow(new Map());
  const queue = Array.from({ length: pods }, (_, index) => podName(index)).values();
  let done = 0;
  const startedMs = performance.now();
  const work = async () => {
    for (const { namespace, name } of queue) {
      await kube
        .request({
          method: "PATCH",
          path: `/api/v1/namespaces/${namespace}/pods/${name}`,
          contentType: "application/merge-patch+json",
          accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
          body: { metadata: { labels: { bench: String(startedMs) } } },
          discard: true,
        })
        .then(() => (done += 1))
        // A pod that has vanished.
        .catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: PATCHES_AT_ONCE }, work));
  const perSecond = done / ((performance.now() - startedMs) / 1_000);
  return { perSecond, cpu: cpuSince(cpuBefore, cpuNow(new Map())) };
}

/** Sends as Alertmanager does: many at a time, again after a 5xx; and lets pods vanish meanwhile. */
async function sendAll(storm: Storm): Promise<void> {
  const queue = storm.webhooks.entries();
  const vanishing = [...storm.vanished];
  const every = Math.max(1, Math.floor(storm.webhooks.length / (vanishing.length || 1)));
  const work = async () => {
    for (const [index, webhook] of queue) {
      if (index % every === 0) await removePod(vanishing.pop());
      await sendOne(storm, webhook);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  for (const pod of vanishing) await removePod(pod);
}

async function sendOne(storm: Storm, webhook: Sent): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const status = await runtime.postAlerts(webhook.body);
    if (status >= 200 && status < 300) return;
    if (status < 500 || attempt > 20) throw new Error(`a webhook was answered ${status}`);
    storm.retries += 1;
    const waitMs = 500 * 1.5 ** (attempt - 1) * (0.5 + Math.random());
    await new Promise((done) => setTimeout(done, waitMs));
  }
}

async function removePod(key: string | undefined): Promise<void> {
  if (key === undefined) return;
  const [namespace, name] = key.split("/");
  await kube.request({
    method: "DELETE",
    path: `/api/v1/namespaces/${namespace}/pods/${name}`,
    body: { gracePeriodSeconds: 0 },
  });
}

/** Pods whose label is not that of their newest fact. */
async function wrongPods(storm: Storm): Promise<string[]> {
  const wrong: string[] = [];
  for await (const page of listMetadata(kube, { path: "/api/v1/pods" })) {
    for (const { namespace = "", name, labels = {} } of page) {
      const expected = storm.bands.get(`${namespace}/${name}`);
      if (expected === undefined || storm.vanished.has(`${namespace}/${name}`)) continue;
      if (labels[BAND] !== expected) wrong.push(`${namespace}/${name}: ${labels[BAND]}`);
    }
  }
  return wrong;
}

/** What one pod ends with when its facts come one after the other: the storm must end in the same. */
async function settledLabels(storms: StormRuntime): Promise<void> {
  const reference = stormOf(1, 1, 1);
  for (const { body } of reference.webhooks.toReversed()) {
    await storms.postAlerts(body);
    await storms.untilQuiet();
  }
  const { namespace, name } = podName(0);
  const pod = await readPodMetadata(kube, namespace, name);
  const [expected] = reference.bands.values();
  if (pod.labels?.[BAND] !== expected) {
    throw new Error(`in order, ${name} ends ${pod.labels?.[BAND]}, not ${expected}`);
  }
  // As it was: the storm starts with a pod that nothing is known of.
  const labels = { [BAND]: null, "vigie.dev/memory": null };
  const annotations = { "vigie.dev/alerts": null, "vigie.dev/observed-at": null };
  await patchPodMetadata(kube, pod, { labels, annotations });
}
