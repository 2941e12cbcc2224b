import type { Probe, RepeatedProbe } from "./probe.ts";
import type { ScaleRules } from "./scale-rules.ts";

/**
 * One Revision of a Knative Service, or a workload that is always there, ready to be started as
 * processes. Names are DNS labels.
 */
export type Revision = {
  namespace: string;
  service: string;
  /** As the template says, or `<service>-00001`, counted from the start; or the name of the workload. */
  name: string;
  /** Program and arguments; no shell reads them. */
  command: readonly [string, ...string[]];
  /** Everything but PORT, which each process gets for itself. */
  env: Readonly<Record<string, string>>;
  /** Where the process starts; null is the folder of the runtime. */
  workingDir: string | null;
  /** Reached by the broker and by other services, never through the gateway. */
  clusterLocal: boolean;
  /** Requests at once in one process; 0 is without limit. */
  containerConcurrency: number;
  /** Of a whole request, the wait for the process included. */
  timeoutMs: number;
  /** Until the first byte of an answer, the wait included; null is without limit. */
  responseStartTimeoutMs: number | null;
  /** Without a byte of the answer; null is without limit. */
  idleTimeoutMs: number | null;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
  scale: ScaleRules;
  probe: Probe;
  /** Must succeed before the others count; null: none. */
  startup: RepeatedProbe | null;
  /** A process that fails it is ended, and started anew; null: none. */
  liveness: RepeatedProbe | null;
  /** Mount paths whose folder every process gets anew (emptyDir), as they stand in env and args. */
  emptyDirs: readonly string[];
};

/** What tells about a service at the status door. */
export type ServiceStatus = {
  namespace: string;
  name: string;
  revision: string;
  /** Absent for services that the gateway does not show. */
  url?: string;
  state: "zero" | "starting" | "ready" | "backing-off";
  /** Processes that take requests or will once they are ready. */
  replicas: number;
  /** Requests being answered or waiting. */
  requests: number;
  coldStarts: number;
  /** Processes that ended without being asked to. */
  crashes: number;
};

/** What became of a process. `startMs`: from spawn to ready; `replicas` that are ready. */
export type ServiceFact =
  | { state: "up"; startMs: number; replicas: number }
  | { state: "scaled"; from: number; to: number; reason: string }
  | { state: "zero" }
  | { state: "crashed"; reason: string; backOffMs: number }
  | { state: "log"; level: "warn" | "error" | "stderr"; text: string };

export type ServiceEvent = { time: Date; namespace: string; service: string } & ServiceFact;

/** `<namespace>/<service>`; neither part may contain a slash. */
export const serviceKey = (namespace: string, service: string): string => `${namespace}/${service}`;
