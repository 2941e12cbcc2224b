import type { z } from "zod";
import {
  type ApiServerSource,
  ApiServerSourceManifest,
  toApiServerSource,
} from "./api-server-source.ts";
import { type Broker, BrokerManifest, toBroker } from "./broker.ts";
import { type Channel, ChannelManifest, toChannel } from "./channel.ts";
import { type CoreService, CoreServiceManifest, toCoreService } from "./core-service.ts";
import {
  ConfigMapManifest,
  type Entries,
  SecretManifest,
  toConfigMap,
  toSecret,
} from "./entries.ts";
import { type Fault, ManifestError } from "./fault.ts";
import { withBrokerDefaults } from "./config/broker-defaults.ts";
import { type ClusterConfig, readClusterConfig } from "./config/cluster-config.ts";
import { flaggedFaults, withoutPlacement } from "./features.ts";
import { type KnativeService, serviceManifestOf, toKnativeService } from "./knative-service.ts";
import { type Flow, ParallelManifest, SequenceManifest, toParallel, toSequence } from "./flows.ts";
import { issueFaults } from "./issue-faults.ts";
import type { Located } from "./load.ts";
import type { Identity } from "./metadata.ts";
import {
  type PingSource,
  pingDataFaults,
  PingSourceManifest,
  toPingSource,
} from "./ping-source.ts";
import { type SinkBinding, SinkBindingManifest, toSinkBinding } from "./sink-binding.ts";
import { type Subscription, SubscriptionManifest, toSubscription } from "./subscription.ts";
import { toTrigger, type Trigger, TriggerManifest } from "./trigger.ts";
import {
  type ContainerSource,
  ContainerSourceManifest,
  DeploymentManifest,
  hasLocalCommand,
  toContainerSource,
  toDeployment,
  type Workload,
} from "./workload.ts";

/** Everything the local runtime knows how to run, and the rest. */
export type Wiring = {
  brokers: Broker[];
  triggers: Trigger[];
  pingSources: PingSource[];
  sinkBindings: SinkBinding[];
  services: KnativeService[];
  containerSources: ContainerSource[];
  apiServerSources: ApiServerSource[];
  /** With those that flows are made of. */
  channels: Channel[];
  subscriptions: Subscription[];
  flows: Flow[];
  /** Those that say which program to start. */
  deployments: Workload[];
  /** Of Kubernetes, not of Knative. */
  coreServices: CoreService[];
  configMaps: Entries[];
  secrets: Entries[];
  /** For the cluster alone: ServiceAccount, RBAC, Namespace, NetworkPolicy, Deployment, … */
  others: Located[];
};

/** Kinds that would take part in the flow of events, and can't be left out in silence. */
const NOT_YET =
  /^(eventing|sources|messaging|flows|sinks|bindings)\.knative\.dev\/|^serving\.knative\.dev\//;

/** Of those groups, what describes or guards and moves no event. */
const HARMLESS = ["EventType", "EventPolicy"];

/** Reads located objects into what can be run. Throws one ManifestError with every fault. */
export function readWiring(located: readonly Located[]): Wiring {
  const wiring: Wiring = {
    brokers: [],
    triggers: [],
    pingSources: [],
    sinkBindings: [],
    services: [],
    containerSources: [],
    apiServerSources: [],
    channels: [],
    subscriptions: [],
    flows: [],
    deployments: [],
    coreServices: [],
    configMaps: [],
    secrets: [],
    others: [],
  };
  const faults: Fault[] = [];
  const config = readClusterConfig(located, faults);
  const services = serviceManifestOf(config);
  for (const one of located) {
    if (isOfEventing(one)) faults.push(...flaggedFaults(one, config.eventingFeatures));
    readOne(one, config, services, wiring, faults);
  }
  for (const { channels, subscriptions } of wiring.flows) {
    wiring.channels.push(...channels);
    wiring.subscriptions.push(...subscriptions);
  }
  faults.push(...twice(located));
  if (faults.length > 0) throw new ManifestError(faults);
  return wiring;
}

const isOfEventing = ({ object: { apiVersion } }: Located): boolean =>
  /^(eventing|sources)\.knative\.dev\//.test(apiVersion);

function readOne(
  one: Located,
  config: ClusterConfig,
  services: ReturnType<typeof serviceManifestOf>,
  wiring: Wiring,
  faults: Fault[],
): void {
  const { apiVersion, kind } = one.object;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  switch (`${group}/${kind}`) {
    case "eventing.knative.dev/Broker":
      return read(
        withBrokerDefaults(one, config.brokers),
        BrokerManifest,
        toBroker,
        wiring.brokers,
        faults,
      );
    case "eventing.knative.dev/Trigger":
      return read(one, TriggerManifest, toTrigger, wiring.triggers, faults);
    case "sources.knative.dev/PingSource":
      faults.push(...pingDataFaults(one, config.pingDataBytes));
      return read(one, PingSourceManifest, toPingSource, wiring.pingSources, faults);
    case "sources.knative.dev/SinkBinding":
      return read(one, SinkBindingManifest, toSinkBinding, wiring.sinkBindings, faults);
    case "serving.knative.dev/Service": {
      const placed = withoutPlacement(one, config.servingFeatures);
      const to = (manifest: Parameters<typeof toKnativeService>[0], identity: Identity) =>
        toKnativeService(manifest, identity, config.autoscaler);
      return read(placed, services, to, wiring.services, faults);
    }
    case "sources.knative.dev/ContainerSource":
      return read(one, ContainerSourceManifest, toContainerSource, wiring.containerSources, faults);
    case "sources.knative.dev/ApiServerSource":
      return read(one, ApiServerSourceManifest, toApiServerSource, wiring.apiServerSources, faults);
    case "messaging.knative.dev/Channel":
    case "messaging.knative.dev/InMemoryChannel":
      return read(one, ChannelManifest, toChannel, wiring.channels, faults);
    case "messaging.knative.dev/Subscription":
      return read(one, SubscriptionManifest, toSubscription, wiring.subscriptions, faults);
    case "flows.knative.dev/Sequence":
      return read(one, SequenceManifest, toSequence, wiring.flows, faults);
    case "flows.knative.dev/Parallel":
      return read(one, ParallelManifest, toParallel, wiring.flows, faults);
    case "/Service":
      return read(one, CoreServiceManifest, toCoreService, wiring.coreServices, faults);
    case "/ConfigMap":
      return read(one, ConfigMapManifest, toConfigMap, wiring.configMaps, faults);
    case "/Secret":
      return read(one, SecretManifest, toSecret, wiring.secrets, faults);
    case "apps/Deployment":
      if (!hasLocalCommand(one.object)) return void wiring.others.push(one);
      return read(one, DeploymentManifest, toDeployment, wiring.deployments, faults);
    default:
      if (NOT_YET.test(apiVersion) && !HARMLESS.includes(kind)) {
        const { file, line } = one;
        faults.push({ file, line, message: `${kind} (${apiVersion}) is not run locally yet` });
      } else wiring.others.push(one);
  }
}

function read<S extends z.ZodType, T>(
  one: Located,
  schema: S,
  to: (manifest: z.output<S>, identity: Identity) => T,
  into: T[],
  faults: Fault[],
): void {
  const { object, file, line } = one;
  const parsed = schema.safeParse(object);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(...issueFaults(issue, one));
    return;
  }
  const { metadata } = parsed.data as { metadata: Omit<Identity, "file" | "line"> };
  const { namespace, name: own, labels, annotations } = metadata;
  into.push(to(parsed.data, { namespace, name: own, labels, annotations, file, line }));
}

function twice(located: readonly Located[]): Fault[] {
  const seen = new Map<string, Located>();
  return located.flatMap((one) => {
    const { apiVersion, kind, metadata } = one.object;
    const group = apiVersion.includes("/") ? apiVersion.split("/", 1)[0] : "";
    const key = `${group}/${kind}/${metadata.namespace ?? "default"}/${metadata.name}`;
    const before = seen.get(key);
    seen.set(key, one);
    if (before === undefined) return [];
    const message = `${kind} ${metadata.name} is also in ${before.file}:${before.line}`;
    return [{ file: one.file, line: one.line, message }];
  });
}
