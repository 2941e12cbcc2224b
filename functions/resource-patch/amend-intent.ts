import { TransientError } from "../../shared/errors.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { type Intent, readIntent } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { readPod } from "./situation.ts";
import { writeIntent } from "./stamp.ts";

const MAX_ATTEMPTS = 8;

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
  let current: Pod | null = pod;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (current === null || current.metadata.uid !== pod.metadata.uid) return null;
    const known = readIntent(current.metadata.annotations, resource);
    if (known?.id !== id) return null;
    const wanted = amend(known);
    if (wanted === null) return { pod: current, intent: known };
    const { intent, annotations } = wanted;
    try {
      return { pod: await writeIntent(kube, current, resource, intent, annotations), intent };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.httpStatus === 404) return null;
      if (error.httpStatus !== 409) throw error;
      current = await readPod(kube, current.metadata);
    }
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}
