import { applyObjects } from "./apply-objects.ts";
import type { Applied } from "./apply-objects.ts";
import { systemClock, toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { createRecorder, eventTimeMs } from "./cluster-events.ts";
import { Controllers } from "./controllers.ts";
import { followDefinitions } from "./custom/definitions.ts";
import { Kubelet } from "./kubelet.ts";
import type { KubeObject } from "./kube-object.ts";
import { NodeLedger } from "./node-ledger.ts";
import { coreEvents, knownResource } from "./resources.ts";
import { defaultScenario } from "./scenario-default.ts";
import type { Scenario } from "./scenario.ts";
import { scenarioObjects } from "./scenario-objects.ts";
import { ApiServer } from "./server.ts";
import type { RecordedRequest } from "./server.ts";
import { serverVersion } from "./server-version.ts";
import { showStatus } from "./show-status.ts";
import type { ShownStatus } from "./show-status.ts";
import { Store } from "./store.ts";
import { Tokens } from "./tokens.ts";
import { Usage } from "./usage.ts";
import { Writes } from "./writes.ts";

export type ClusterOptions = {
  /** On 127.0.0.1 and ::1; 0 takes a free one. */
  port: number;
  /** The demo cluster when absent. */
  scenario?: Scenario;
  clock?: Clock;
  /** A file to which every call for a resource is appended; none when absent. */
  record?: string;
};

/** A simulated Kubernetes cluster: the API over plain http, controllers, kubelets and load. */
export interface Cluster {
  readonly url: string;
  /** Creates or replaces objects; says which kinds it does not serve. */
  apply(objects: readonly KubeObject[]): Applied;
  /** Writes the status of an object of a kind that others run; nothing when it is not there. */
  showStatus(
    apiVersion: string,
    kind: string,
    object: { namespace: string; name: string },
    status: ShownStatus,
  ): void;
  /** A bearer token of a service account; without one a request is the laptop's admin. */
  tokenFor(namespace: string, serviceAccount: string): string;
  /** A kubeconfig as JSON, which kubectl reads as YAML. */
  kubeconfig(options?: { namespace?: string; token?: string }): string;
  /** The last writes that were asked for, oldest first, those refused too. */
  requests(): readonly RecordedRequest[];
  /** The object as it is now; undefined when there is none. */
  get(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | undefined;
  /** Forgets the history of changes: older watches and pages answer 410. */
  compact(): void;
  close(): Promise<void>;
}

/** The real server's `--event-ttl`. */
const eventTtlMs = 3_600_000;
const pruneMs = 60_000;

/** Roles that every cluster has and manifests may bind to. */
const bootstrapRoles: readonly KubeObject[] = [
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "cluster-admin" },
    rules: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ],
  },
];

/** @throws the listen error (EADDRINUSE) when the port is taken. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { port, scenario = defaultScenario, clock = systemClock } = options;
  const startMs = clock.nowMs();
  let bootMs = scenario.ageSeconds * 1000;
  const store = new Store(() => toTime(clock.nowMs() - bootMs));
  followDefinitions(store, clock);
  const tokens = new Tokens();
  const usage = new Usage(clock);
  const ledger = new NodeLedger(store);
  const record = createRecorder(store, clock);
  const kubelet = new Kubelet({ store, clock, record, usage, ledger });
  const controllers = new Controllers({ store, clock, record, ledger });
  const closing = new AbortController();

  kubelet.instant = true;
  applyObjects(store, [...bootstrapRoles, ...scenarioObjects(scenario, startMs - bootMs)]);
  controllers.drain();
  kubelet.instant = false;
  bootMs = 0;
  // What led to the first state is older than any event the API would still hold.
  for (const { metadata } of store.objects(coreEvents)) {
    store.remove(coreEvents, metadata.namespace, metadata.name);
  }

  const version = serverVersion(scenario.kubernetesVersion);
  const writes = new Writes(store, clock, version);
  const parts = { store, clock, usage, tokens, writes, version, closing: closing.signal };
  const server = new ApiServer(parts, options.record ?? null);
  let stopPruning: () => void = () => undefined;
  const stop = (): void => {
    stopPruning();
    controllers.close();
    kubelet.close();
  };
  let bound: number;
  try {
    bound = await server.listen(port);
  } catch (error) {
    stop();
    throw error;
  }
  const url = `http://127.0.0.1:${bound}`;
  const pruneLater = (): void => {
    stopPruning = clock.after(pruneMs, () => {
      for (const event of store.objects(coreEvents)) {
        if (clock.nowMs() - eventTimeMs(event) < eventTtlMs) continue;
        store.remove(coreEvents, event.metadata.namespace, event.metadata.name);
      }
      pruneLater();
    });
  };
  pruneLater();

  return {
    url,
    apply: (objects) => applyObjects(store, objects),
    showStatus: (apiVersion, kind, object, status) =>
      showStatus({ store, clock }, knownResource(apiVersion, kind), object, status),
    tokenFor: (namespace, serviceAccount) => tokens.of(namespace, serviceAccount),
    kubeconfig: (choice = {}) => kubeconfigText(url, choice),
    requests: () => [...server.recorded],
    get: (apiVersion, kind, namespace, name) =>
      store.get(knownResource(apiVersion, kind), namespace === "" ? undefined : namespace, name),
    compact: () => store.compact(),
    async close() {
      stop();
      closing.abort();
      await server.close();
    },
  };
}

function kubeconfigText(url: string, choice: { namespace?: string; token?: string }): string {
  const { namespace = "default", token } = choice;
  // The JavaScript client takes no http address without that; to others it says nothing.
  const cluster = { server: url, "insecure-skip-tls-verify": true };
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "vigie",
      clusters: [{ name: "vigie", cluster }],
      users: [{ name: "vigie", user: token === undefined ? {} : { token } }],
      contexts: [{ name: "vigie", context: { cluster: "vigie", user: "vigie", namespace } }],
    },
    null,
    2,
  )}\n`;
}
