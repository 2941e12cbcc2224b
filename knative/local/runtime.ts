import { rmSync } from "node:fs";
import { resolve as resolvePath } from "node:path";
import { addressablesOf } from "./addressables.ts";
import type { Arguments } from "./arguments.ts";
import { createSinkBinder } from "./bound-sinks.ts";
import { type Brokers, createBrokers } from "./broker/brokers.ts";
import { StoreError } from "./broker/store/database.ts";
import { openDoors } from "./doors.ts";
import { notRunKinds } from "./not-run.ts";
import { assertKubeconfig, readManifests, readScenarioFile, toStartError } from "./given-files.ts";
import { type Checked, warningText } from "./lint/lint.ts";
import { shownWarnings } from "./lint/shown-warnings.ts";
import { createLiveCluster } from "./live/cluster.ts";
import { startReloading } from "./live/reload.ts";
import { createLiveWiring, type LiveWiring } from "./live/wiring.ts";
import { ManifestError } from "./manifests/fault.ts";
import { monitoringEnv, type MonitoringPorts } from "./monitoring/addresses.ts";
import { planMonitoring } from "./monitoring/plan.ts";
import { startMonitoring } from "./monitoring/monitoring.ts";
import type { Output } from "./output.ts";
import { planServices } from "./plans.ts";
import { openRecording } from "./recording-file.ts";
import { lockFolder } from "./runtime-lock.ts";
import { giveBackPort, takePort } from "./serving/free-port.ts";
import { createRunRecords, endLeftovers } from "./serving/run-records.ts";
import { createServing } from "./serving/serving.ts";
import { brokerUrl, shownDoors } from "./shown-doors.ts";
import { StartError } from "./start-error.ts";
import { openStateFolder } from "./state-folder.ts";

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
  if (args.record !== null) openRecording(args.record);
  const readSinceMs = Date.now();
  const visited = new Set<string>();
  const checked = await readManifests(args, visited);
  const { wiring } = checked;
  const scenario = args.scenario === null ? undefined : readScenarioFile(args.scenario);
  const addressables = addressablesOf(wiring);
  const monitored = planMonitoring(args.prometheus, monitoringFolder, addressables.services);
  const kubeconfig = args.kubeconfig === null ? null : resolvePath(args.kubeconfig);
  if (kubeconfig !== null) await assertKubeconfig(kubeconfig);
  const state = openStateFolder(workingFolder);
  const places = {
    distFolder,
    volumesFolder: state.volumes,
    clusterEnvOf: (namespace: string, account: string): Record<string, string> =>
      kubeconfig === null
        ? { KUBECONFIG: state.kubeconfigOf(namespace, account) }
        : // The file has the namespace that its owner works in.
          { KUBECONFIG: kubeconfig, POD_NAMESPACE: namespace },
    windowSeconds: args.windowSeconds,
    toldOf: () => ({}),
  };
  const faults = [...checked.faults, ...planServices(wiring, [], places).faults];
  if (faults.length > 0) throw toStartError(new ManifestError(faults));

  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    let brokers: Brokers | null = null;
    let live: LiveWiring | null = null;
    const records = await createRunRecords(state.records);
    const serving = createServing({
      records,
      logsFolder: state.logs,
      gatewayPort: () => args.gatewayPort,
      onEvent(event) {
        output.service(event);
        live?.onServiceEvent(event);
      },
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
          ? {
              port: args.kubePort,
              ...(scenario === undefined ? {} : { scenario }),
              ...(args.record === null ? {} : { record: args.record }),
            }
          : null,
    });
    closers.push(doors.close);
    closers.push(await lockFolder(state.records));
    for (const service of await endLeftovers(state.records)) {
      output.note(`${service}: ended the process that a runtime before has left behind`);
    }

    rmSync(state.volumes, { recursive: true, force: true });

    for (const line of shownWarnings(checked.warnings, warningText)) output.note(line);
    for (const line of checked.left) output.note(line);
    const notRun = notRunKinds(wiring.others, doors.cluster !== null);
    if (notRun.length > 0) output.note(`not run locally: ${notRun.join(", ")}`);

    closers.push(() => serving.close(CLOSE_GRACE_MS));
    const sinks = createSinkBinder({ brokerPort: args.port, door: serving.door });
    closers.push(() => sinks.close());
    let ports: MonitoringPorts | null = null;
    if (monitored.programs !== null) {
      const taken = { prometheus: await takePort(), alertmanager: await takePort() };
      closers.push(() => Object.values(taken).forEach(giveBackPort));
      ports = taken;
    }
    const wired = createLiveWiring({
      places:
        ports === null ? places : { ...places, toldOf: monitoringEnv(monitoringFolder, ports) },
      serving,
      sinks,
      cluster: doors.cluster === null ? null : createLiveCluster(doors.cluster, state),
      createBrokers(manifests, toTarget) {
        const created = createBrokers({
          brokers: manifests.brokers,
          triggers: manifests.triggers,
          channels: manifests.channels,
          subscriptions: manifests.subscriptions,
          resolve: toTarget,
          deliver: serving.deliver,
          store: args.broker === "sync" ? "sync" : { stored: state.events },
          onDelivery: output.delivery,
          onRefused: output.refused,
          onUnmatched: output.unmatched,
          services: serving.services,
          notReady: () => live?.notReady() ?? [],
        });
        brokers = created;
        closers.push(() => created.close());
        return created;
      },
      brokerUrl: (namespace, name) => brokerUrl(args.port, namespace, name),
      hasClock: args.clock,
      note: output.note,
    });
    live = wired;
    await load(wired, checked);
    closers.push(doors.stopAccepting);
    closers.push(() => wired.close());
    const reloading = startReloading(
      {
        paths: args.manifests,
        mode: args.broker,
        load: (again) => wired.load(again),
        note: output.note,
      },
      checked,
      visited,
      readSinceMs,
    );
    closers.push(() => reloading.close());
    const monitoring =
      monitored.programs === null || ports === null
        ? null
        : await startMonitoring({
            programs: monitored.programs,
            filesFolder: monitoringFolder,
            stateFolder: state.monitoring,
            logsFolder: state.logs,
            ports,
            intervalSeconds: args.prometheusIntervalSeconds,
            target: `127.0.0.1:${args.kubePort}`,
            door: serving.door,
            records,
            onNote: output.note,
          });
    if (monitoring !== null) closers.push(() => monitoring.close());
    if (monitored.note !== null) output.note(monitored.note);
    output.ready(
      [
        ...shownDoors(args, wiring, serving.services(), doors.cluster),
        ...(monitoring?.doors ?? []),
      ],
      performance.now() - startedMs,
    );
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function load(live: LiveWiring, checked: Checked): Promise<void> {
  try {
    await live.load(checked);
  } catch (error) {
    if (error instanceof StoreError) throw new StartError([error.message], { cause: error });
    throw error instanceof ManifestError ? toStartError(error) : error;
  }
}
