import { TransientError } from "../../shared/errors.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import type { Pod } from "./pod-facts.ts";
import { readPod } from "./situation.ts";

/** A pod's status changes all the time, and with it its resourceVersion. */
const MAX_ATTEMPTS = 8;

/**
 * Writes to a pod whatever else happens to it meanwhile: `write` is called with the pod as it was
 * read, and again with a newer one as long as the server answers that it has changed since.
 * @returns what `write` gives; null when the pod has gone, or another one has its name.
 * @throws TransientError POD_BUSY; whatever else `write` throws.
 */
export async function changePod<T>(
  kube: KubeClient,
  pod: Pod,
  write: (current: Pod) => Promise<T>,
): Promise<T | null> {
  let current: Pod | null = pod;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (current === null || current.metadata.uid !== pod.metadata.uid) return null;
    try {
      return await write(current);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.httpStatus === 404) return null;
      if (error.httpStatus !== 409) throw error;
      current = await readPod(kube, current.metadata);
    }
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}
