import type { LabelSelector, SinkBinding } from "../manifests/sink-binding.ts";

/** A SinkBinding with its sink resolved to the URL that a process can reach. */
export type BoundSink = Pick<SinkBinding, "namespace" | "subject" | "extensions"> & { url: string };

type Labels = Readonly<Record<string, string>>;
type Subject = { namespace: string; name: string; labels: Labels };

/**
 * What a SinkBinding injects into a Knative Service of its own namespace: K_SINK, and
 * K_CE_OVERRIDES, which is the empty string when there are none. `{}` when no binding names it.
 */
export function sinkEnv(service: Subject, bindings: readonly BoundSink[]): Record<string, string> {
  const binding = bindings.find((one) => isSubject(service, one));
  if (binding === undefined) return {};
  const { url, extensions } = binding;
  const overrides = Object.keys(extensions).length === 0 ? "" : JSON.stringify({ extensions });
  return { K_SINK: url, K_CE_OVERRIDES: overrides };
}

function isSubject({ namespace, name, labels }: Subject, binding: BoundSink): boolean {
  const { apiVersion, kind, name: named, selector } = binding.subject;
  if (binding.namespace !== namespace || kind !== "Service") return false;
  if (!apiVersion.startsWith("serving.knative.dev/")) return false;
  // Eventing's own way out (SINK_BINDING_SELECTION_MODE=exclusion).
  if (labels["bindings.knative.dev/exclude"] === "true") return false;
  if (named !== undefined) return named === name;
  return selector !== undefined && matches(labels, selector);
}

function matches(labels: Labels, { matchLabels, matchExpressions }: LabelSelector): boolean {
  const value = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(matchLabels).every(([key, wanted]) => value(key) === wanted) &&
    matchExpressions.every(({ key, operator, values }) => {
      const found = value(key);
      switch (operator) {
        case "Exists":
          return found !== undefined;
        case "DoesNotExist":
          return found === undefined;
        case "In":
          return found !== undefined && values.includes(found);
        case "NotIn":
          return found === undefined || !values.includes(found);
      }
    })
  );
}
