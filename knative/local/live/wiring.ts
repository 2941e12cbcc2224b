import { rmSync } from "node:fs";
import { counted } from "../../../shared/counted.ts";
import { findLogin } from "../../../shared/kube/find-login.ts";
import { addressablesOf } from "../addressables.ts";
import type { SinkBinder } from "../bound-sinks.ts";
import type { Brokers } from "../broker/brokers.ts";
import type { CloudEvent } from "../broker/cloud-event.ts";
import type { Target } from "../broker/target.ts";
import type { Checked } from "../lint/lint.ts";
import type { ApiServerSource } from "../manifests/api-server-source.ts";
import type { Destination } from "../manifests/destination.ts";
import { ManifestError } from "../manifests/fault.ts";
import type { Identity } from "../manifests/metadata.ts";
import type { PingSource } from "../manifests/ping-source.ts";
import type { Wiring } from "../manifests/wiring.ts";
import { type Places, planServices } from "../plans.ts";
import { type Addressables, resolve, UnresolvedError } from "../serving/resolve.ts";
import { type Revision, type ServiceEvent, serviceKey } from "../serving/revision.ts";
import type { Serving } from "../serving/serving.ts";
import { writeVolumes } from "../serving/volumes.ts";
import { createApiServerSource } from "../sources/api-server.ts";
import { createClock } from "../sources/clock.ts";
import { type Unready, unreadyOf } from "../unready.ts";
import { bindingsOf, unboundOf, unboundText } from "./bindings.ts";
import type { LiveCluster } from "./cluster.ts";
import { createLivePlans } from "./plans.ts";
import { type Readiness, shownOf } from "./readiness.ts";
import { createReadinessBoard, type NotReadyObject } from "./readiness-board.ts";
import { createLiveSources } from "./sources.ts";
import { waitingTexts } from "./waiting.ts";

/** The manifests as they run. */
export type LiveWiring = {
  /**
   * Puts these in the place of those before: what stays the same is left alone.
   * @throws ManifestError with what cannot be run; then nothing of it runs.
   */
  load(checked: Checked): Promise<void>;
  /** What of them is not ready, with why. */
  notReady(): NotReadyObject[];
  /** Told what became of a service's process: its object is as ready as that. */
  onServiceEvent(event: ServiceEvent): void;
  /** Ends the sources: nothing more comes from inside. */
  close(): void;
};

export type LiveOptions = {
  places: Places;
  serving: Serving;
  sinks: SinkBinder;
  /** Null: a real cluster, which manifests are applied to by other means. */
  cluster: LiveCluster | null;
  /** Asked once, with the first wiring. */
  createBrokers: (wiring: Wiring, resolve: (to: Destination) => Target) => Brokers;
  /** Where people reach a broker. */
  brokerUrl: (namespace: string, name: string) => string;
  /** False: PingSources are paused. */
  hasClock: boolean;
  note: (message: string) => void;
};

export function createLiveWiring(options: LiveOptions): LiveWiring {
  const { places, serving, sinks, cluster, note } = options;
  const livePlans = createLivePlans(places);
  const board = createReadinessBoard(cluster);
  const owners = new Map<string, { kind: string; namespace: string; name: string }>();
  let brokers: Brokers | null = null;
  let addressables = addressablesOf(EMPTY);
  const folders = new WeakMap<Revision, string>();
  let unbound = new Set<string>();
  let waiting: readonly Unready[] = [];

  const toTarget = (to: Destination) => resolve(to, addressables);
  const sender = ({ sink, namespace }: PingSource | ApiServerSource) => {
    return async (event: CloudEvent): Promise<number> =>
      (brokers as Brokers).sendTo(toTarget(sink), namespace, event);
  };
  const clocks = createLiveSources<PingSource>((source) => {
    const onLost = (reason: string) => note(`${source.name}: a tick is lost: ${reason}`);
    return createClock(source, sender(source), { onLost });
  });
  const watches = createLiveSources<ApiServerSource>((source) => {
    const { name, namespace, serviceAccount } = source;
    board.forget("ApiServerSource", source);
    const env = places.clusterEnvOf(namespace, serviceAccount);
    return createApiServerSource(source, {
      login: async () => findLogin(env, ""),
      send: sender(source),
      onState(fault) {
        board.tell(
          "ApiServerSource",
          source,
          fault === null ? READY : notReady("NotWatching", fault),
        );
        if (fault !== null) note(`${name}: ${fault}`);
      },
      onLost: (reason) => note(`${name}: an event is lost: ${reason}`),
    });
  });

  function tellUnbound(wiring: Wiring): void {
    const lines = unboundOf(wiring).map((one) => `SinkBinding ${one.name}: ${unboundText(one)}`);
    for (const line of lines) if (!unbound.has(line)) note(line);
    unbound = new Set(lines);
  }

  return {
    async load({ located, wiring, faults }) {
      const all = [...faults, ...planServices(wiring, [], places).faults];
      if (all.length > 0) throw new ManifestError(all);
      const next = addressablesOf(wiring);
      const unready = unreadyOf(wiring);
      const unreadyObjects = new Set(unready.map(({ object }) => object));
      const isReady = (one: Identity) => !unreadyObjects.has(one);
      const bound = await sinks.bind(bindingsOf(wiring), ({ sink }) => targetOf(sink, next));
      cluster?.apply(located);

      // From here on nothing fails and nothing waits: an event meets the old wiring or the new one.
      addressables = next;
      const { plans, fresh } = livePlans.plan(wiring, bound);
      cluster?.login([
        ...plans.flatMap(({ revision: { namespace }, serviceAccount: account }) =>
          account === null ? [] : [{ namespace, account }],
        ),
        ...wiring.apiServerSources.map(({ namespace, serviceAccount }) => ({
          namespace,
          account: serviceAccount,
        })),
      ]);
      for (const line of waitingTexts(waiting, unready, wiring)) note(line);
      waiting = unready;
      // What its process or its watch was like is over.
      for (const { kind, object } of unready) board.forget(kind, object);
      tellUnbound(wiring);
      owners.clear();
      for (const { owner, revision } of plans) owners.set(keyOf(revision), ownerOf(owner));
      for (const { owner, revision, volumesFolder, volumes } of fresh) {
        const one = ownerOf(owner);
        board.forget(one.kind, one);
        folders.set(revision, volumesFolder);
        writeVolumes(volumesFolder, volumes);
      }
      serving.run(plans, (revision) => {
        const folder = folders.get(revision);
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      });
      if (brokers === null) brokers = options.createBrokers(wiring, toTarget);
      else {
        for (const [trigger, events] of brokers.rewire(wiring)) {
          const kept = counted(events, "event is a dead letter", "events are dead letters");
          const isKept = wiring.triggers.some(({ namespace, name }) => {
            return `${namespace}/${name}` === trigger;
          });
          const gone = isKept ? "has no Broker any more" : "is gone";
          note(`trigger ${trigger} ${gone}: ${kept} now that waited for it`);
        }
      }
      clocks.run(options.hasClock ? wiring.pingSources.filter(isReady) : []);
      watches.run(wiring.apiServerSources.filter(isReady));
      const { brokerUrl, hasClock } = options;
      const services = serving.services();
      board.showAll(shownOf(wiring, { toTarget, brokerUrl, services, hasClock }));
    },
    onServiceEvent(event) {
      const owner = owners.get(keyOf(event));
      if (owner === undefined) return;
      const waits = waiting.find(({ kind, object: { namespace, name } }) => {
        return kind === owner.kind && namespace === owner.namespace && name === owner.name;
      });
      if (event.state === "up" && waits === undefined) board.tell(owner.kind, owner, READY);
      if (event.state !== "crashed") return;
      board.tell(owner.kind, owner, notReady("ProcessEnded", event.reason));
    },
    notReady: () => board.notReady(),
    close() {
      clocks.close();
      watches.close();
    },
  };
}

/** Null: it leads nowhere yet. */
function targetOf(sink: Destination, addressables: Addressables): Target | null {
  try {
    return resolve(sink, addressables);
  } catch (error) {
    if (error instanceof UnresolvedError) return null;
    throw error;
  }
}

const READY: Readiness = { status: "True" };
const notReady = (reason: string, message: string): Readiness => ({
  status: "False",
  reason,
  message,
});

const keyOf = ({ namespace, service }: { namespace: string; service: string }) =>
  serviceKey(namespace, service);

function ownerOf(owner: string): { kind: string; namespace: string; name: string } {
  const [kind = "", namespace = "", name = ""] = owner.split("/");
  return { kind, namespace, name };
}

const EMPTY: Parameters<typeof addressablesOf>[0] = {
  services: [],
  brokers: [],
  coreServices: [],
  deployments: [],
};
