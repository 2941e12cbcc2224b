import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pod } from "../../functions/resource-patch/pod-facts.ts";
import { parseScenario } from "../../knative/local/cluster/scenario.ts";
import { type Cluster, startCluster } from "../../knative/local/cluster/start.ts";
import { deriveId } from "../../shared/events/contract.ts";
import { LoadClassified } from "../../shared/events/load.ts";
import { type DecisionRecord, ResourcesDecided } from "../../shared/events/decided.ts";
import { ResourcesSettled } from "../../shared/events/settled.ts";
import { ReviewDue } from "../../shared/events/review.ts";
import { type FaultyApi, startFaultyApi } from "./faulty-api.ts";
import { startFake } from "../functions/resource-patch/usage/fake-server.ts";
import { highLoad } from "../functions/resource-patch/high-load.ts";
import { nearlyFull, quietWeek } from "../functions/resource-patch/usage/quiet-week.ts";
import { postEvent, send } from "./http.ts";
import { base, childrenOf, type Runtime, startRuntime, waitFor } from "./runtime.ts";
import { untilIdle } from "./until-idle.ts";

const managed = { "vigie.dev/managed": "true" };
/** Each allows one action only. */
const NAMESPACES = {
  resize: "in-place",
  "patch-owner": "templates",
  "scale-out": "replicas",
  "scale-in": "spare",
  "grow-volume": "volumes",
};
type Chosen = keyof typeof NAMESPACES;
const sizes = {
  requests: { cpu: "100m", memory: "64Mi" },
  limits: { cpu: "200m", memory: "128Mi" },
};
/** One for each write after which the function is killed, and one more. */
const WORKLOADS = 7;

const scenario = {
  nodes: [{ name: "minikube", cpu: "64", memory: "64Gi" }],
  namespaces: [{ name: "default" }, { name: "vigie" }, { name: "chain" }],
  workloads: [
    ...Object.entries(NAMESPACES).flatMap(([action, namespace]) =>
      Array.from({ length: WORKLOADS }, (_, index) => {
        const one = workload(namespace, `app-${index}`, action === "scale-in" ? 2 : 1);
        return action === "grow-volume" ? { ...one, kind: "StatefulSet", storage: "1Gi" } : one;
      }),
    ),
    workload("chain", "trio", 3),
  ],
  objects: [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "standard" },
      provisioner: "p",
      allowVolumeExpansion: true,
    },
    ...Object.entries(NAMESPACES).map(([action, name]) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, annotations: { "vigie.dev/policy.allowedActions": action } },
    })),
  ],
};

/** "" when it has just ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function workload(namespace: string, name: string, replicas: number): object {
  const labels = { labels: managed, podLabels: managed };
  const containers = [{ name: "app", image: "app:1", ...sizes }];
  return { kind: "Deployment", namespace, name, replicas, ...labels, containers };
}

describe("a decision through the broker", function () {
  this.timeout(90_000);
  let cluster: Cluster;
  let api: FaultyApi;
  let prometheus: Awaited<ReturnType<typeof startFake>>;
  let folder: string;
  let vigie: Runtime;

  // One for each: a service that is killed often waits longer each time before it starts again.
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-actuation-"));
    cluster = await startCluster({ port: 0, scenario: parseScenario(scenario) });
    // On a cluster they are applied with the rest; the runtime does not do that with `--kubeconfig`.
    const names = ["resource-patch-changes", "resource-patch-pauses", "console-journal"];
    cluster.apply(
      names.map((name) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "vigie" },
      })),
    );
    api = await startFaultyApi(cluster.url);
    const kubeconfig = join(folder, "kubeconfig");
    // As its owner has it: not with the functions' namespace.
    const login = cluster.kubeconfig({ namespace: "default" });
    writeFileSync(kubeconfig, login.replaceAll(cluster.url, api.url));
    const policy = readFileSync(join(base, "policy.yaml"), "utf8");
    const free = policy.replaceAll(
      "allowedActions: [resize, scale-out, grow-volume]",
      "allowedActions: [resize, patch-owner, scale-out, scale-in, grow-volume]",
    );
    assert.notEqual(free, policy);
    writeFileSync(join(folder, "policy.yaml"), free);
    // Says of every claim that it is nearly full, and of every container that its week was quiet.
    prometheus = await startFake(({ form }) => {
      const [query, endSeconds] = [String(form.get("query")), Number(form.get("end"))];
      const isVolume = query.includes("kubelet_volume_stats");
      return (isVolume ? nearlyFull : quietWeek)(query, endSeconds);
    });
    const service = readFileSync(join(base, "resource-patch.yaml"), "utf8");
    const name = "            - name: POLICY_FILE";
    assert.ok(service.includes(name));
    // Prometheus has its time on a machine that is busy.
    const env = { PROMETHEUS_URL: prometheus.url, PROMETHEUS_TIMEOUT_MS: "10000" };
    const more = Object.entries(env)
      .map(([key, value]) => `            - name: ${key}\n              value: "${value}"\n`)
      .join("");
    writeFileSync(join(folder, "resource-patch.yaml"), service.replace(name, `${more}${name}`));
    const files = ["namespace", "broker", "console"].map((name) => join(base, `${name}.yaml`));
    files.push(join(folder, "policy.yaml"), join(folder, "resource-patch.yaml"));
    const options = ["--no-clock", "--kubeconfig", kubeconfig];
    vigie = await startRuntime(...options, ...files.flatMap((file) => ["-f", file]));
  });
  afterEach(async () => {
    await vigie?.stop();
    api?.close();
    await prometheus?.stop();
    await cluster?.close();
    rmSync(folder, { recursive: true });
  });

  const podOf = async (namespace: string, name: string): Promise<Pod> => {
    const query = new URLSearchParams({ labelSelector: `app=${name}` });
    const path = `/api/v1/namespaces/${namespace}/pods?${query.toString()}`;
    const { items } = (await (await fetch(`${cluster.url}${path}`)).json()) as { items: Pod[] };
    const [pod] = items;
    assert.ok(pod);
    return pod;
  };
  /** As alert-handle tells it. Answers the ids of what follows from it. */
  const tell = async (
    pod: Pod,
    id: string,
    { percent, band }: { percent: number; band: "high" | "low" } = { percent: 92, band: "high" },
  ): Promise<{ decided: string; settled: string }> => {
    const fact = highLoad(pod.metadata, { percent, band });
    const { type, data, source } = LoadClassified.create({ id, data: fact });
    const answer = await postEvent(vigie.broker, { id, type, source }, data);
    assert.equal(Math.floor(answer.status / 100), 2, answer.body);
    const decided = deriveId("decision", source, id);
    return { decided, settled: deriveId("settled", decided) };
  };
  /** A decision that is kept. */
  const outcomeOf = async (decisionId: string): Promise<string | undefined> => {
    type Kept = { decisions: { decision: DecisionRecord }[] };
    const { url, host } = vigie.door("console", "/decisions");
    const { decisions } = JSON.parse((await send(url, { host })).body) as Kept;
    return decisions.find(({ decision }) => decision.id === decisionId)?.decision.outcome;
  };
  /**
   * Tells it until something is done. An alert does not wait long for the list of all pods, by which
   * a function that is cold knows the room on other nodes: it is there for the next.
   */
  const act = async (...[pod, id, load]: Parameters<typeof tell>): ReturnType<typeof tell> => {
    for (let count = 1; ; count += 1) {
      const ids = await tell(pod, count === 1 ? id : `${id} ${count}`, load);
      await waitFor("the decision", async () => (await outcomeOf(ids.decided)) !== undefined);
      if ((await outcomeOf(ids.decided)) === "act") return ids;
      assert.ok(count < 10, "nothing is done");
    }
  };
  /** What the console was told of: each event once, however often the broker tried. */
  const told = (type: string) =>
    vigie.lines
      .filter(
        (line) =>
          line["trigger"] === "console" &&
          line["eventType"] === type &&
          line["outcome"] === "delivered",
      )
      .map((line) => line["eventId"]);
  const deadLetters = () => vigie.lines.filter((line) => line["outcome"] === "dead-lettered");
  const times = (type: string, id: string) => told(type).filter((each) => each === id).length;

  /** Kills resource-patch as soon as the API has carried out its write number `count`. */
  const killAfterWrite = (count: number): { isDone: () => boolean } => {
    let writes = 0;
    api.faults(({ method, url = "" }) => {
      if (method === "GET" || url.includes("console-journal")) return "pass";
      writes += 1;
      if (writes !== count) return "pass";
      for (const pid of childrenOf(vigie.process.pid as number)) {
        if (commandOf(pid).includes("resource-patch")) process.kill(pid, "SIGKILL");
      }
      return "swallow";
    });
    return { isDone: () => writes >= count };
  };

  const isEndRight: Record<Chosen, (namespace: string, name: string) => Promise<void>> = {
    async resize(namespace, name) {
      const { spec } = await podOf(namespace, name);
      assert.equal(spec?.containers[0]?.resources?.limits?.["cpu"], "335m");
    },
    "patch-owner"(namespace, name) {
      const { spec } = deployment(namespace, name);
      assert.equal(spec.template.spec.containers[0]?.resources.limits.cpu, "335m");
      return Promise.resolve();
    },
    "scale-out"(namespace, name) {
      assert.equal(deployment(namespace, name).spec.replicas, 2);
      return Promise.resolve();
    },
    "scale-in"(namespace, name) {
      assert.equal(deployment(namespace, name).spec.replicas, 1);
      return Promise.resolve();
    },
    "grow-volume"(namespace, name) {
      const claim = cluster.get("v1", "PersistentVolumeClaim", namespace, `data-${name}-0`);
      const { spec } = claim as unknown as {
        spec: { resources: { requests: { storage: string } } };
      };
      assert.equal(spec.resources.requests.storage, "2Gi");
      return Promise.resolve();
    },
  };

  for (const action of Object.keys(NAMESPACES) as Chosen[]) {
    it(`ends ${action} right, and tells it once, with kill -9 after any write`, async () => {
      const namespace = NAMESPACES[action];
      let isKilled = true;
      for (let count = 1; isKilled; count += 1) {
        const name = `app-${count - 1}`;
        const pod = await podOf(namespace, name);
        const { isDone } = killAfterWrite(count);
        const isIdle = action === "scale-in" || action === "grow-volume";
        const load = isIdle ? ({ percent: 10, band: "low" } as const) : undefined;
        const { decided, settled } = await act(pod, `${action}-${count}`, load);
        // Two events on their way at once may come in either order.
        await waitFor(
          `${action} to end, killed after write ${count}`,
          () =>
            told(ResourcesSettled.type).includes(settled) &&
            told(ResourcesDecided.type).includes(decided),
        );
        await untilIdle(vigie);
        isKilled = isDone();
        await isEndRight[action](namespace, name);
        assert.equal(times(ResourcesDecided.type, decided), 1);
        assert.equal(times(ResourcesSettled.type, settled), 1);
        assert.ok(!isKilled || count < WORKLOADS, "more writes than workloads");
        assert.ok(isKilled || count > 3, `only ${count - 1} writes`);
      }
      assert.deepEqual(deadLetters(), []);
    });
  }

  it("takes more replicas that did not help back, and tells it once, with kill -9 after any write", async () => {
    const namespace = NAMESPACES["scale-out"];
    let isKilled = true;
    for (let count = 1; isKilled; count += 1) {
      const name = `app-${count - 1}`;
      api.faults(() => "pass");
      const { decided, settled } = await act(await podOf(namespace, name), `helpless-${count}`);
      await waitFor("more replicas", () => told(ResourcesSettled.type).includes(settled));
      assert.equal(deployment(namespace, name).spec.replicas, 2);
      await age(namespace, name, 700);
      const { isDone } = killAfterWrite(count);
      const id = `due-${count}`;
      const workload = { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
      const uid = String(deployment(namespace, name).metadata.uid);
      const { type, source, data } = ReviewDue.create({
        id,
        data: { workload, uid, resource: "cpu" },
      });
      const { status } = await postEvent(vigie.broker, { id, type, source }, data);
      assert.equal(Math.floor(status / 100), 2);
      const reverted = deriveId("settled", decided, "reverted", id);
      await waitFor(`the old replicas, killed after write ${count}`, () =>
        told(ResourcesSettled.type).includes(reverted),
      );
      await untilIdle(vigie);
      isKilled = isDone();
      assert.equal(deployment(namespace, name).spec.replicas, 1);
      assert.equal(times(ResourcesSettled.type, reverted), 1);
      assert.equal(times(ResourcesSettled.type, settled), 1);
      assert.ok(!isKilled || count < WORKLOADS, "more writes than workloads");
      assert.ok(isKilled || count > 3, `only ${count - 1} writes`);
    }
    assert.deepEqual(deadLetters(), []);
  });

  /** As if the last change of a Deployment were so long ago. */
  async function age(namespace: string, name: string, seconds: number): Promise<void> {
    const key = "vigie.dev/change-intent-cpu";
    const text = deployment(namespace, name).metadata.annotations?.[key] ?? "";
    const older = JSON.stringify(JSON.parse(text), (_key, value: unknown) =>
      typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value)
        ? new Date(Date.parse(value) - seconds * 1000).toISOString()
        : value,
    );
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    const { status } = await fetch(`${cluster.url}${path}`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ metadata: { annotations: { [key]: older } } }),
    });
    assert.equal(status, 200);
  }

  it("brings a new size from the first replica to the others", async () => {
    await tell(await podOf("chain", "trio"), "chain");
    await waitFor(
      "three ends",
      () =>
        told(ResourcesSettled.type).length === 3 && new Set(told(ResourcesDecided.type)).size === 3,
    );
    await untilIdle(vigie);
    const path = "/api/v1/namespaces/chain/pods";
    const { items } = (await (await fetch(`${cluster.url}${path}`)).json()) as { items: Pod[] };
    const limits = items.map(({ spec }) => spec?.containers[0]?.resources?.limits?.["cpu"]);
    assert.deepEqual(limits, ["335m", "335m", "335m"]);
    assert.equal(new Set(told(ResourcesDecided.type)).size, 3);
    assert.deepEqual(deadLetters(), []);
  });

  function deployment(namespace: string, name: string) {
    const found = cluster.get("apps/v1", "Deployment", namespace, name);
    assert.ok(found);
    return found as typeof found & {
      spec: {
        replicas: number;
        template: { spec: { containers: { resources: { limits: { cpu: string } } }[] } };
      };
    };
  }
});
