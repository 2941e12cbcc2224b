import type { KubeClient } from "../../shared/kube/client.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { changePod } from "./change-pod.ts";
import { type Intent, intentKey, readIntent } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { earlierThan } from "./resize-times.ts";
import { writePod } from "./write-pod.ts";

/**
 * Writes what is intended on exactly the pod that was read, with the times of the resizes before it,
 * and other annotations with it (null takes one away).
 * @returns the pod as the server answers it.
 * @throws KubeError 409 when the pod has changed since, 404 when it has gone.
 */
export async function writeIntent(
  kube: KubeClient,
  pod: Pod,
  resource: Resource,
  intent: Intent,
  others: Readonly<Record<string, string | null>> = {},
): Promise<Pod> {
  const earlier = earlierThan(pod.metadata.annotations, resource, intent);
  const annotations = { ...others, [intentKey(resource)]: JSON.stringify({ ...intent, earlier }) };
  return await writePod(kube, pod, annotations);
}

/**
 * Writes how an intent ended, unless the pod has gone or another intent
 * has taken its place. When somebody has written the end of this one before us, theirs stands.
 * @returns how it ended; with a cause when another event has ended it, which has told so.
 */
export async function writeSettled(
  kube: KubeClient,
  pod: Pod,
  resource: Resource,
  intent: Intent,
  settled: NonNullable<Intent["settled"]>,
): Promise<NonNullable<Intent["settled"]>> {
  const ended = await changePod(kube, pod, async (current) => {
    const known = readIntent(current.metadata.annotations, resource);
    if (known?.id !== intent.id) return settled;
    const theirs = known.closed ?? known.takingBack ?? known.settled;
    if (theirs !== null) return theirs;
    await writeIntent(kube, current, resource, { ...known, settled });
    return settled;
  });
  return ended ?? settled;
}
