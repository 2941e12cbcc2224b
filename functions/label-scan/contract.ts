import * as z from "zod/mini";
import { BaseEnv, KubeEnv, SinkEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";

/**
 * Takes `Ping` (of the review clock) and `ScanRequested`; sends `WorkloadFound`, answers
 * `LabelsScanned`. Takes `Ping` (of the relief clock) and sends `ReviewDue`; takes `RevertRequested`
 * and sends `RevertDue`. `GET /labels` needs no sink.
 */
export const Env = z.extend(
  z.extend(z.extend(BaseEnv, PolicyEnv.shape), KubeEnv.shape),
  z.partial(SinkEnv, { K_SINK: true }).shape,
);

/** The forms of `GET /labels`. */
export const Format = z.enum(["text", "json", "ndjson", "csv"]);
export type Format = z.infer<typeof Format>;

export const Kind = z.enum(["pods", "nodes"]);
export type Kind = z.infer<typeof Kind>;

/** What is scanned. */
export type Scope = {
  /** Absent: pods, and nodes too where nothing else narrows the scope. */
  kind?: Kind;
  /** Kubernetes label selector; absent means all. */
  selector?: string;
  /** Empty means all. */
  namespaces: readonly string[];
};

/** One object with its labels, as it is written out. */
export type Labelled = {
  kind: "Pod" | "Node";
  /** "" for a node. */
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
};

/** One object as one form has it, but for what goes between two of them. */
export type Written = Pick<Labelled, "kind" | "namespace"> & { text: string };

/** What a scan has seen. Namespaces are those that hold one of the pods. */
export type Counts = { pods: number; namespaces: number; nodes: number };
