import type { KubeClient } from "../../shared/kube/client.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { changePod } from "./change-pod.ts";
import { type Intent, readIntent } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { writeIntent } from "./stamp.ts";

/** What an intent becomes, with what else is written with it; null when there is nothing to write. */
type Amend = (known: Intent) => {
  intent: Intent;
  annotations?: Readonly<Record<string, string | null>>;
} | null;

/**
 * Writes an intent anew, whatever else happens to the pod meanwhile.
 * @returns the intent that stands then, and the pod; null when the pod has gone, or has another one.
 */
export async function amendIntent(
  kube: KubeClient,
  pod: Pod,
  resource: Resource,
  id: string,
  amend: Amend,
): Promise<{ pod: Pod; intent: Intent } | null> {
  return await changePod(kube, pod, async (current) => {
    const known = readIntent(current.metadata.annotations, resource);
    if (known?.id !== id) return null;
    const wanted = amend(known);
    if (wanted === null) return { pod: current, intent: known };
    const { intent, annotations } = wanted;
    return { pod: await writeIntent(kube, current, resource, intent, annotations), intent };
  });
}
