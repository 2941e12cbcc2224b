import { resolve as resolvePath } from "node:path";
import { findLogin } from "../../shared/kube/find-login.ts";
import { addressablesOf } from "./addressables.ts";
import type { Arguments } from "./arguments.ts";
import { bindSinks } from "./bound-sinks.ts";
import { type Brokers, createBrokers } from "./broker/brokers.ts";
import type { CloudEvent } from "./broker/cloud-event.ts";
import { readScenario } from "./cluster/scenario.ts";
import type { Cluster } from "./cluster/start.ts";
import { openDoors } from "./doors.ts";
import { type Checked, checkManifests, warningText } from "./lint/lint.ts";
import { ManifestError } from "./manifests/fault.ts";
import type { Located } from "./manifests/load.ts";
import type { SinkBinding } from "./manifests/sink-binding.ts";
import type { Wiring } from "./manifests/wiring.ts";
import { planMonitoring } from "./monitoring/plan.ts";
import { startMonitoring } from "./monitoring/monitoring.ts";
import type { Door, Output } from "./output.ts";
import { planServices } from "./plans.ts";
import { lockFolder } from "./runtime-lock.ts";
import { resolve } from "./serving/resolve.ts";
import { createRunRecords, endLeftovers } from "./serving/run-records.ts";
import { isSubject } from "./serving/sink-env.ts";
import { createServing } from "./serving/serving.ts";
import type { Plan } from "./serving/plan-process.ts";
import { writeVolumes } from "./serving/volumes.ts";
import { createApiServerSource } from "./sources/api-server.ts";
import { createClock } from "./sources/clock.ts";
import { StartError } from "./start-error.ts";
import { openStateFolder, type StateFolder } from "./state-folder.ts";

/** What is in flight at Ctrl-C gets this long; the event itself stays in the store. */
const CLOSE_GRACE_MS = 2_000;

export type Runtime = {
  /** Stops the clocks, lets deliveries end, ends every process. None is left when it resolves. */
  close(): Promise<void>;
};

/**
 * Runs the manifests of the command line; `.vigie` is made in `workingFolder`.
 * @throws StartError with every fault that could be found at once; then nothing is left running.
 */
export async function startRuntime(
  args: Arguments,
  output: Output,
  {
    workingFolder,
    distFolder,
    monitoringFolder,
  }: { workingFolder: string; distFolder: string; monitoringFolder: string },
): Promise<Runtime> {
  const startedMs = performance.now();
  const checked = await readManifests(args);
  const { located, wiring, warnings } = checked;
  const scenario = args.scenario === null ? undefined : readScenarioFile(args.scenario);
  const addressables = addressablesOf(wiring);
  const monitored = planMonitoring(args.prometheus, monitoringFolder, addressables.services);
  const state = openStateFolder(workingFolder);
  const kubeconfig = args.kubeconfig === null ? null : resolvePath(args.kubeconfig);
  const places = {
    distFolder,
    volumesFolder: state.volumes,
    kubeconfigOf: (namespace: string, account: string) =>
      kubeconfig ?? state.kubeconfigOf(namespace, account),
    windowSeconds: args.windowSeconds,
  };
  const faults = [...checked.faults, ...planServices(wiring, [], places).faults];
  if (faults.length > 0) throw toStartError(new ManifestError(faults));

  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    let brokers: Brokers | null = null;
    const records = await createRunRecords(state.records);
    const serving = createServing({
      records,
      logsFolder: state.logs,
      gatewayPort: () => args.gatewayPort,
      onEvent: output.service,
    });
    const doors = await openDoors({
      broker: {
        port: args.port,
        handle: (request, response) => {
          if (brokers !== null) brokers.handle(request, response);
          else response.writeHead(503, { "retry-after": "1" }).end();
        },
      },
      gateway: { port: args.gatewayPort, create: serving.gateway },
      cluster:
        kubeconfig === null
          ? { port: args.kubePort, ...(scenario === undefined ? {} : { scenario }) }
          : null,
    });
    closers.push(doors.close);
    closers.push(await lockFolder(state.records));
    for (const service of await endLeftovers(state.records)) {
      output.note(`${service}: ended the process that a runtime before has left behind`);
    }

    for (const warning of warnings) output.note(`on a cluster: ${warningText(warning)}`);

    closers.push(() => serving.close(CLOSE_GRACE_MS));
    const bound = await bindSinks([...wiring.sinkBindings, ...bindingsOf(wiring)], {
      resolve: ({ sink }) => resolve(sink, addressables),
      brokerPort: args.port,
      door: serving.door,
    });
    closers.push(bound.close);
    const { plans } = planServices(wiring, bound.sinks, places);
    if (doors.cluster !== null)
      writeCluster(doors.cluster, located, accountsOf(wiring, plans), state);
    for (const { name, subject } of unboundOf(wiring)) {
      const of = `${subject.kind} ${subject.name ?? "by label"} (${subject.apiVersion})`;
      output.note(`SinkBinding ${name}: its subject, ${of}, is not run locally`);
    }
    for (const { revision, names, volumesFolder, volumes } of plans) {
      writeVolumes(volumesFolder, volumes);
      serving.add(revision, names);
    }

    const ingress = createBrokers({
      brokers: wiring.brokers,
      triggers: wiring.triggers,
      resolve: (destination) => resolve(destination, addressables),
      deliver: serving.deliver,
      store: args.broker === "sync" ? "sync" : { stored: state.events },
      onDelivery: output.delivery,
      onRefused: output.refused,
      services: serving.services,
    });
    brokers = ingress;
    closers.push(() => ingress.close());
    closers.push(doors.stopAccepting);
    const sources = args.clock ? wiring.pingSources : [];
    for (const source of sources) {
      const target = resolve(source.sink, addressables);
      const send = (event: CloudEvent) => ingress.sendTo(target, source.namespace, event);
      const onLost = (reason: string) => output.note(`${source.name}: a tick is lost: ${reason}`);
      const clock = createClock(source, send, { onLost });
      closers.push(() => clock.close());
    }
    const monitoring =
      monitored.programs === null
        ? null
        : await startMonitoring({
            programs: monitored.programs,
            filesFolder: monitoringFolder,
            stateFolder: state.monitoring,
            logsFolder: state.logs,
            intervalSeconds: args.prometheusIntervalSeconds,
            target: `127.0.0.1:${args.kubePort}`,
            door: serving.door,
            records,
            onNote: output.note,
          });
    if (monitoring !== null) closers.push(() => monitoring.close());
    if (monitored.note !== null) output.note(monitored.note);
    for (const source of wiring.apiServerSources) {
      const { name, namespace, serviceAccount } = source;
      const target = resolve(source.sink, addressables);
      const env = { KUBECONFIG: places.kubeconfigOf(namespace, serviceAccount) };
      const watching = createApiServerSource(source, {
        login: async () => findLogin(env, ""),
        send: (event) => ingress.sendTo(target, namespace, event),
        onFault: (message) => output.note(`${name}: ${message}`),
        onLost: (reason) => output.note(`${name}: an event is lost: ${reason}`),
      });
      closers.push(() => watching.close());
    }
    output.ready(
      [...doorsOf(args, wiring, serving.services(), doors.cluster), ...(monitoring?.doors ?? [])],
      performance.now() - startedMs,
    );
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readManifests({ manifests, broker }: Arguments): Promise<Checked> {
  try {
    return await checkManifests(manifests, broker);
  } catch (error) {
    throw error instanceof ManifestError ? toStartError(error) : error;
  }
}

function toStartError(error: ManifestError): StartError {
  const lines = error.faults.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  return new StartError(lines, { cause: error });
}

function readScenarioFile(file: string) {
  try {
    return readScenario(file);
  } catch (error) {
    throw new StartError([`--scenario ${file}: ${(error as Error).message}`], { cause: error });
  }
}

/** Applies the manifests as `kubectl apply` would, and writes who may talk to the cluster as whom. */
function writeCluster(
  cluster: Cluster,
  located: readonly Located[],
  accounts: readonly { namespace: string; account: string }[],
  state: StateFolder,
): void {
  cluster.apply(located.map(({ object }) => object));
  state.writeSecret(state.kubeconfig, cluster.kubeconfig());
  for (const { namespace, account } of accounts) {
    const token = cluster.tokenFor(namespace, account);
    const file = state.kubeconfigOf(namespace, account);
    state.writeSecret(file, cluster.kubeconfig({ namespace, token }));
  }
}

/** Who talks to the cluster. */
function accountsOf({ apiServerSources }: Wiring, plans: readonly Plan[]) {
  return [
    ...plans.flatMap(({ revision: { namespace }, serviceAccount: account }) =>
      account === null ? [] : [{ namespace, account }],
    ),
    ...apiServerSources.map(({ namespace, serviceAccount }) => ({
      namespace,
      account: serviceAccount,
    })),
  ];
}

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

function doorsOf(
  args: Arguments,
  { brokers }: Wiring,
  services: readonly { name: string; url?: string }[],
  cluster: Cluster | null,
): Door[] {
  return [
    ...brokers.map(({ namespace, name }) => ({
      name: `broker ${name}`,
      url: `http://localhost:${args.port}/${namespace}/${name}`,
    })),
    ...services.flatMap(({ name, url }) => (url === undefined ? [] : [{ name, url }])),
    cluster === null
      ? { name: "Kubernetes API", url: `the current context of ${args.kubeconfig}` }
      : {
          name: "Kubernetes API",
          url: `http://localhost:${args.kubePort}  (kubectl --kubeconfig .vigie/kubeconfig)`,
        },
  ];
}
