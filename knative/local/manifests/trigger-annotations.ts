import { z } from "zod";

/** `E:pkg/apis/eventing/v1/trigger_types.go` */
const DEPENDENCY = "knative.dev/dependency";
export const INJECTION = "eventing.knative.dev/injection";

const Text = z.string().min(1);
const Dependency = z.object({
  apiVersion: Text,
  kind: Text,
  name: Text,
  namespace: z.string().default(""),
});

/**
 * What the webhook says to the annotations of a Trigger, by annotation, and by the field within the
 * one that is JSON. `trigger_validation.go`
 */
export function triggerAnnotationFaults(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
): [PropertyKey[], string][] {
  const dependency = annotations[DEPENDENCY];
  const faults = dependency === undefined ? [] : dependencyFaults(dependency, namespace);
  const injection = annotations[INJECTION] ?? "enabled";
  if (injection !== "enabled" && injection !== "disabled") {
    faults.push([[INJECTION], "must be enabled or disabled"]);
  }
  return faults;
}

/** The source that a Trigger says it depends on; null without one. Faults have been told. */
export function dependencyOf(
  annotations: Readonly<Record<string, string>>,
): { kind: string; name: string } | null {
  const text = annotations[DEPENDENCY];
  if (text === undefined) return null;
  return Dependency.safeParse(jsonOf(text)).data ?? null;
}

function dependencyFaults(text: string, namespace: string): [PropertyKey[], string][] {
  const { success, data, error } = Dependency.safeParse(jsonOf(text));
  if (success) {
    if (data.namespace === "" || data.namespace === namespace) return [];
    const message = `must be that of the Trigger, ${namespace}`;
    return [[[DEPENDENCY, "namespace"], message]];
  }
  return error.issues.map(({ path }) => [
    [DEPENDENCY, ...path],
    path.length === 0 ? "must be JSON with apiVersion, kind and name of an object" : "is missing",
  ]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
