import type { Alternative } from "../../../shared/events/decided.ts";
import type { Situation } from "../../../shared/events/situation.ts";

/** An alternative before it is judged. */
export type Draft = Omit<Alternative, "guards" | "criteria" | "closeness">;

export const KEEP: Draft = {
  action: "keep",
  direction: "none",
  target: null,
  changes: [],
  replicas: null,
  volume: null,
};

/** The pod itself, as something to write to. */
export function podTarget({ pod }: Situation): NonNullable<Draft["target"]> {
  return { apiVersion: "v1", kind: "Pod", namespace: pod.namespace, name: pod.name };
}
