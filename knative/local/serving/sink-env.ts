import { isSelected } from "../../../shared/kube/label-selector.ts";
import type { SinkBinding } from "../manifests/sink-binding.ts";

/** A SinkBinding with its sink resolved to the URL that a process can reach. */
export type BoundSink = Pick<SinkBinding, "namespace" | "subject" | "extensions"> & { url: string };

type Labels = Readonly<Record<string, string>>;
/** `group` of its apiVersion: the version may be any. */
export type Subject = {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  labels: Labels;
};

/**
 * What a SinkBinding injects into an object of its own namespace: K_SINK, and
 * K_CE_OVERRIDES, which is the empty string when there are none. `{}` when no binding names it.
 */
export function sinkEnv(subject: Subject, bindings: readonly BoundSink[]): Record<string, string> {
  const binding = bindings.find((one) => isSubject(subject, one));
  if (binding === undefined) return {};
  const { url, extensions } = binding;
  const overrides = Object.keys(extensions).length === 0 ? "" : JSON.stringify({ extensions });
  return { K_SINK: url, K_CE_OVERRIDES: overrides };
}

/** Whether the binding means this object. */
export function isSubject(
  { group, kind, namespace, name, labels }: Subject,
  binding: Pick<BoundSink, "namespace" | "subject">,
): boolean {
  const { apiVersion, name: named, selector } = binding.subject;
  if (binding.namespace !== namespace || binding.subject.kind !== kind) return false;
  if (!apiVersion.startsWith(`${group}/`)) return false;
  // Eventing's own way out (SINK_BINDING_SELECTION_MODE=exclusion).
  if (labels["bindings.knative.dev/exclude"] === "true") return false;
  if (named !== undefined) return named === name;
  return selector !== undefined && isSelected(labels, selector);
}
