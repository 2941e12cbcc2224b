import { z } from "zod";

/** `E:pkg/apis/eventing/v1/trigger_types.go` */
const DEPENDENCY = "knative.dev/dependency";
const INJECTION = "eventing.knative.dev/injection";

const Dependency = z.object({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  name: z.string().min(1),
  namespace: z.string().optional(),
});

/** What the webhook says to the annotations of a Trigger, by annotation. `trigger_validation.go` */
export function triggerAnnotationFaults(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
  broker: string,
): [string, string][] {
  const faults: [string, string][] = [];
  const dependency = annotations[DEPENDENCY];
  if (dependency !== undefined) {
    const parsed = Dependency.safeParse(jsonOf(dependency));
    if (!parsed.success) {
      faults.push([DEPENDENCY, "must be JSON with apiVersion, kind and name of an object"]);
    } else if ((parsed.data.namespace ?? namespace) !== namespace) {
      faults.push([
        DEPENDENCY,
        `must name an object in the namespace of the Trigger, ${namespace}`,
      ]);
    }
  }
  const injection = annotations[INJECTION];
  if (injection === undefined) return faults;
  if (injection !== "enabled" && injection !== "disabled") {
    faults.push([INJECTION, "must be enabled or disabled"]);
  } else if (broker !== "default") {
    faults.push([INJECTION, `is for the Broker default only, and this is ${broker}`]);
  }
  return faults;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
