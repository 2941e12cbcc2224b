import { rmSync } from "node:fs";
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
import type { PingSource } from "../manifests/ping-source.ts";
import type { SinkBinding } from "../manifests/sink-binding.ts";
import type { Wiring } from "../manifests/wiring.ts";
import { type Places, planServices } from "../plans.ts";
import { resolve } from "../serving/resolve.ts";
import type { Revision } from "../serving/revision.ts";
import type { Serving } from "../serving/serving.ts";
import { isSubject } from "../serving/sink-env.ts";
import { writeVolumes } from "../serving/volumes.ts";
import { createApiServerSource } from "../sources/api-server.ts";
import { createClock } from "../sources/clock.ts";
import type { LiveCluster } from "./cluster.ts";
import { createLivePlans } from "./plans.ts";
import { createLiveSources } from "./sources.ts";

/** The manifests as they run. */
export type LiveWiring = {
  /**
   * Puts these in the place of those before: what stays the same is left alone.
   * @throws ManifestError with what cannot be run; then nothing of it runs.
   */
  load(checked: Checked): Promise<void>;
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
  /** False: PingSources are paused. */
  hasClock: boolean;
  note: (message: string) => void;
};

export function createLiveWiring(options: LiveOptions): LiveWiring {
  const { places, serving, sinks, cluster, note } = options;
  const livePlans = createLivePlans(places);
  let brokers: Brokers | null = null;
  let addressables = addressablesOf(EMPTY);
  const folders = new WeakMap<Revision, string>();
  let unbound = new Set<string>();

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
    const env = { KUBECONFIG: places.kubeconfigOf(namespace, serviceAccount) };
    return createApiServerSource(source, {
      login: async () => findLogin(env, ""),
      send: sender(source),
      onFault: (message) => note(`${name}: ${message}`),
      onLost: (reason) => note(`${name}: an event is lost: ${reason}`),
    });
  });

  function tellUnbound(wiring: Wiring): void {
    const lines = unboundOf(wiring).map(({ name, subject }) => {
      const of = `${subject.kind} ${subject.name ?? "by label"} (${subject.apiVersion})`;
      return `SinkBinding ${name}: its subject, ${of}, is not run locally`;
    });
    for (const line of lines) if (!unbound.has(line)) note(line);
    unbound = new Set(lines);
  }

  return {
    async load({ located, wiring, faults }) {
      const all = [...faults, ...planServices(wiring, [], places).faults];
      if (all.length > 0) throw new ManifestError(all);
      const next = addressablesOf(wiring);
      const bindings = [...wiring.sinkBindings, ...bindingsOf(wiring)];
      const bound = await sinks.bind(bindings, ({ sink }) => resolve(sink, next));
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
      tellUnbound(wiring);
      for (const { revision, volumesFolder, volumes } of fresh) {
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
          const kept =
            events === 1 ? "1 event is a dead letter" : `${events} events are dead letters`;
          note(`trigger ${trigger} is gone: ${kept} now that waited for it`);
        }
      }
      clocks.run(options.hasClock ? wiring.pingSources : []);
      watches.run(wiring.apiServerSources);
    },
    close() {
      clocks.close();
      watches.close();
    },
  };
}

const EMPTY = { services: [], brokers: [], coreServices: [], deployments: [] };

/** Bindings without a subject among what runs here. */
function unboundOf({ services, deployments, sinkBindings }: Wiring): SinkBinding[] {
  const subjects = [
    ...services.map((one) => ({ ...one, group: "serving.knative.dev", kind: "Service" })),
    ...deployments.map((one) => ({ ...one, group: "apps" })),
  ];
  return sinkBindings.filter((binding) => !subjects.some((one) => isSubject(one, binding)));
}

/** A ContainerSource is a Deployment with a SinkBinding of its own. */
function bindingsOf({ containerSources }: Wiring): SinkBinding[] {
  return containerSources.map((source) => ({
    ...source,
    subject: { apiVersion: "sources.knative.dev/v1", kind: source.kind, name: source.name },
  }));
}
