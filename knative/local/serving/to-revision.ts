import { join } from "node:path";
import type { KnativeService } from "../manifests/knative-service.ts";
import { commandFor, LOCAL_COMMAND } from "./command.ts";
import { containerEnv, type KeyedData } from "./environment.ts";
import { expand } from "./expand.ts";
import { localize } from "./mounts.ts";
import type { Probe } from "./probe.ts";
import type { Revision } from "./revision.ts";
import { scaleRules } from "./scale-rules.ts";
import { type BoundSink, sinkEnv } from "./sink-env.ts";
import { type MountedFiles, mountsOf, readVolumes } from "./volumes.ts";

/** The machine and the manifests around a service. */
export type Surroundings = {
  configMaps: KeyedData;
  secrets: KeyedData;
  sinks: readonly BoundSink[];
  /** What every process gets of the machine's environment. */
  inherited: Readonly<Record<string, string>>;
  /** Where `dev.local/vigie/<step>` is built to. */
  distFolder: string;
  /** Where volumes are to be, one folder per service. */
  volumesFolder: string;
  /** Where the kubeconfig of a service account is to be. */
  kubeconfigOf(namespace: string, serviceAccount: string): string;
  /** Above every `window` annotation; null when the services decide. */
  windowSeconds: number | null;
};

/** A revision, and what must be on disk before its first process. */
export type Plan = {
  revision: Revision;
  volumesFolder: string;
  volumes: readonly MountedFiles[];
  /** Whose kubeconfig it reads; null when it asked for no token. */
  serviceAccount: string | null;
};

/**
 * Plans a Knative Service as a process; nothing is written. Env values and args that are paths
 * below a mount path are rewritten to the local copy (`localize`). Null when there were faults,
 * which are all told to `fault`.
 */
export function toRevision(
  service: KnativeService,
  around: Surroundings,
  fault: (message: string) => void,
): Plan | null {
  const { namespace, name, template, autoscaling } = service;
  const { spec, annotations } = template;
  const [container] = spec.containers;
  if (container === undefined) return null;
  let isWhole = true;
  const refuse = (message: string) => {
    isWhole = false;
    fault(`Service ${name}: ${message}`);
  };

  const command = commandFor(
    container.image,
    annotations[LOCAL_COMMAND],
    around.distFolder,
    refuse,
  );
  const ownEnv = containerEnv(container, namespace, around, refuse);
  const { mounted, emptyDirs } = readVolumes(
    { volumes: spec.volumes, mounts: container.volumeMounts },
    namespace,
    around,
    refuse,
  );
  if (container.command !== undefined && annotations[LOCAL_COMMAND] === undefined) {
    refuse(`command belongs to the image, which is not run here; use ${LOCAL_COMMAND}`);
  }
  if (!isWhole || command === null) return null;

  const volumesFolder = join(around.volumesFolder, `${namespace}.${name}`);
  const mounts = mountsOf(volumesFolder, mounted);
  const serviceAccount =
    spec.automountServiceAccountToken === false ? null : spec.serviceAccountName;
  const env: Record<string, string> = {
    ...around.inherited,
    ...(serviceAccount === null
      ? {}
      : { KUBECONFIG: around.kubeconfigOf(namespace, serviceAccount) }),
    ...Object.fromEntries(
      Object.entries(ownEnv).map(([variable, value]) => [variable, localize(value, mounts)]),
    ),
    ...sinkEnv(service, around.sinks),
    K_SERVICE: name,
    K_CONFIGURATION: name,
    K_REVISION: `${name}-00001`,
  };
  const args = (container.args ?? []).map((arg) => localize(expand(arg, env), mounts));
  const revision: Revision = {
    namespace,
    service: name,
    name: `${name}-00001`,
    command: [...command, ...args],
    env,
    clusterLocal: service.labels["networking.knative.dev/visibility"] === "cluster-local",
    containerConcurrency: spec.containerConcurrency,
    timeoutMs: spec.timeoutSeconds * 1_000,
    scale: scaleRules(autoscaling, spec.containerConcurrency, {
      windowSeconds: around.windowSeconds,
      initialScale: isInitialScaleAsked(annotations) ? autoscaling.initialScale : 0,
    }),
    probe: toProbe(container.readinessProbe),
    emptyDirs,
  };
  return { revision, volumesFolder, volumes: mounted, serviceAccount };
}

/** Knative starts each new revision once by default; a laptop does so only when told to. */
function isInitialScaleAsked(annotations: Readonly<Record<string, string>>): boolean {
  return ["initial-scale", "initialScale"].some((name) =>
    Object.hasOwn(annotations, `autoscaling.knative.dev/${name}`),
  );
}

type ReadinessProbe = KnativeService["template"]["spec"]["containers"][number]["readinessProbe"];

/** As fast as can be whatever `periodSeconds` says: it is a ceiling on a cluster, and only a wait here. */
function toProbe(probe: ReadinessProbe): Probe {
  if (probe?.httpGet === undefined) return { kind: "tcp" };
  const { path, httpHeaders } = probe.httpGet;
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  return { kind: "http", path, headers };
}
