import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { commandFor, LOCAL_COMMAND } from "./command.ts";
import { containerEnv, type EnvFrom, type EnvVar, type KeyedData } from "./environment.ts";
import { expand } from "./expand.ts";
import { isBelow, localize } from "./mounts.ts";
import type { Revision } from "./revision.ts";
import { type BoundSink, sinkEnv, type Subject } from "./sink-env.ts";
import {
  type MountedFiles,
  mountsOf,
  readVolumes,
  type Volume,
  type VolumeMount,
} from "./volumes.ts";

/** The machine and the manifests around a service. */
export type Surroundings = {
  configMaps: KeyedData;
  secrets: KeyedData;
  sinks: readonly BoundSink[];
  /** What this machine runs beside the manifests and a service is told of, unless they say it. */
  toldOf(namespace: string, name: string): Readonly<Record<string, string>>;
  /** What every process gets of the machine's environment. */
  inherited: Readonly<Record<string, string>>;
  /** Where `dev.local/vigie/<step>` is built to. */
  distFolder: string;
  /** Where volumes are to be, one folder per service. */
  volumesFolder: string;
  /** What leads a process to the cluster, as its service account: KUBECONFIG, and what goes with it. */
  clusterEnvOf(namespace: string, serviceAccount: string): Readonly<Record<string, string>>;
  /** Above every `window` annotation; null when the services decide. */
  windowSeconds: number | null;
  /** Counts the changes since the start, from 1; always 1 when absent. */
  generationOf?: (owner: Pick<Subject, "kind" | "namespace" | "name">) => number;
};

/** A revision, and what must be on disk before its first process. */
export type Plan = {
  revision: Revision;
  volumesFolder: string;
  volumes: readonly MountedFiles[];
  /** Whose kubeconfig it reads; null when it asked for no token. */
  serviceAccount: string | null;
};

/** What of a pod a process is made of, whatever kind of object has it. */
export type PodShape = {
  /** The manifest it is in. */
  file: string;
  annotations: Readonly<Record<string, string>>;
  container: {
    image: string;
    command?: readonly string[] | undefined;
    args?: readonly string[] | undefined;
    workingDir?: string | undefined;
    env: readonly EnvVar[];
    envFrom: readonly EnvFrom[];
    volumeMounts: readonly VolumeMount[];
  };
  volumes: readonly Volume[];
  /** Null: no token. */
  serviceAccount: string | null;
};

export type PlannedProcess = Pick<Revision, "command" | "env" | "workingDir" | "emptyDirs"> &
  Omit<Plan, "revision">;

/**
 * Plans a pod as a process; nothing is written. Env values and args that are paths below a mount
 * path are rewritten to the local copy (`localize`). `ownEnv` comes last: nothing overrides it.
 * Null when there were faults, which are all told to `fault`.
 */
export function planProcess(
  owner: Subject,
  { file, annotations, container, volumes, serviceAccount }: PodShape,
  ownEnv: Readonly<Record<string, string>>,
  around: Surroundings,
  fault: (message: string) => void,
): PlannedProcess | null {
  const { namespace, name, kind } = owner;
  let isWhole = true;
  const refuse = (message: string) => {
    isWhole = false;
    fault(`${kind} ${name}: ${message}`);
  };
  const localCommand = annotations[LOCAL_COMMAND];
  const command = commandFor(container.image, localCommand, around.distFolder, refuse);
  const fields = {
    "metadata.name": name,
    "metadata.namespace": namespace,
    "spec.serviceAccountName": serviceAccount ?? "default",
    "status.podIP": "127.0.0.1",
    "status.hostIP": "127.0.0.1",
  };
  const givenEnv = containerEnv(container, namespace, around, refuse, fields);
  const { mounted, emptyDirs } = readVolumes(
    { volumes, mounts: container.volumeMounts },
    namespace,
    around,
    refuse,
  );
  if (container.command !== undefined && localCommand === undefined) {
    refuse(`command belongs to the image, which is not run here; use ${LOCAL_COMMAND}`);
  }
  // A Knative Service and a Deployment may have the same name.
  const folder = kind === "Service" ? `${namespace}.${name}` : `${namespace}.${kind}.${name}`;
  const generation = generationOf(owner, around);
  // The processes of the one before still read theirs.
  const ofItsOwn = generation === 1 ? folder : `${folder}.${generation}`;
  const volumesFolder = join(around.volumesFolder, ofItsOwn);
  const mounts = mountsOf(volumesFolder, mounted);
  const workingDir =
    container.workingDir === undefined ? null : localize(container.workingDir, mounts);
  const isMounted =
    workingDir !== container.workingDir ||
    emptyDirs.some((path) => isBelow(workingDir ?? "", path));
  if (workingDir !== null && !isMounted && !isFolder(workingDir)) {
    refuse(`workingDir ${workingDir}: neither mounted nor a folder of this machine`);
  }
  if (!isWhole || command === null) return null;

  const env: Record<string, string> = {
    ...around.inherited,
    ...(serviceAccount === null ? {} : around.clusterEnvOf(namespace, serviceAccount)),
    ...around.toldOf(namespace, name),
    ...Object.fromEntries(
      Object.entries(givenEnv).map(([variable, value]) => [variable, localize(value, mounts)]),
    ),
    ...sinkEnv(owner, around.sinks),
    ...ownEnv,
  };
  const args = (container.args ?? []).map((arg) => localize(expand(arg, env), mounts));
  const [program, ...words] = command;
  return {
    command: [program, ...words, ...args],
    env,
    // `python3 greeter.py` means the one beside the manifest, wherever the runtime was started.
    workingDir: workingDir ?? (localCommand === undefined ? null : resolve(dirname(file))),
    emptyDirs,
    volumesFolder,
    volumes: mounted,
    serviceAccount,
  };
}

/** Which one of the revisions of an object this is, counted from 1. */
export const generationOf = (
  { kind, namespace, name }: Pick<Subject, "kind" | "namespace" | "name">,
  around: Surroundings,
): number => around.generationOf?.({ kind, namespace, name }) ?? 1;

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
