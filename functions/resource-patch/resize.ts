import { setTimeout as delay } from "node:timers/promises";
import type { ContainerChange, Share } from "../../shared/events/change.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { changePod } from "./change-pod.ts";
import type { Pod } from "./pod-facts.ts";
import { podPath, readPod } from "./situation.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** How long we stay for the kubelet's word; a resize takes it some tens of milliseconds. */
const WAIT_MS = 1_500;
const FIRST_POLL_MS = 15;
const LAST_POLL_MS = 200;

/** Which side of a change is wanted: `after` to carry it out, `before` to take it back. */
export type Side = "before" | "after";

/**
 * Asks for one side of the changes, for exactly the pod that was read. Another writer in between
 * makes it read again, and ask `isStillOurs`.
 * @returns the pod as the server answers it, or null when it has gone or is not ours any more.
 * @throws KubeError when the server refuses: 403 and 422 are final for this change.
 */
export async function patchResize(
  kube: KubeClient,
  pod: Pod,
  resource: Resource,
  changes: readonly ContainerChange[],
  side: Side,
  isStillOurs: (pod: Pod) => boolean,
): Promise<Pod | null> {
  return await changePod(kube, pod, async (current) => {
    if (!isStillOurs(current)) return null;
    return await kube.request<Pod>({
      method: "PATCH",
      path: `${podPath(current.metadata)}/resize`,
      query: { fieldManager: "vigie", fieldValidation: "Strict" },
      // Merges containers by name; a merge patch would replace them all.
      contentType: "application/strategic-merge-patch+json",
      body: resizeBody(current, resource, changes, side),
    });
  });
}

/**
 * Waits for the kubelet's verdict on what `patched` asks for, a short while.
 * @returns the last pod read with the verdict, `working` when the time is over; null when it has gone.
 */
export async function awaitVerdict(
  kube: KubeClient,
  patched: Pod,
  resource: Resource,
  changes: readonly ContainerChange[],
): Promise<{ pod: Pod; verdict: Verdict } | null> {
  const generation = patched.metadata.generation ?? 0;
  const deadlineMs = performance.now() + WAIT_MS;
  let pod = patched;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_POLL_MS)) {
    const verdict = verdictOf(pod, resource, changes, generation);
    const isOver = performance.now() + pauseMs >= deadlineMs;
    // An error may pass: the kubelet tries again until our time is over.
    const isFinal = verdict.kind !== "working" && verdict.kind !== "error";
    if (isFinal || isOver) return { pod, verdict };
    await delay(pauseMs);
    const read = await readPod(kube, pod.metadata);
    if (read === null || read.metadata.uid !== patched.metadata.uid) return null;
    pod = read;
  }
}

function resizeBody(
  { metadata: { uid, resourceVersion } }: Pod,
  resource: Resource,
  changes: readonly ContainerChange[],
  side: Side,
): object {
  const of = (kind: ContainerChange["kind"]) =>
    changes
      .filter((change) => change.kind === kind)
      .map((change) => ({
        name: change.container,
        resources: toResources(change[side], resource),
      }));
  const containers = of("container");
  const initContainers = of("sidecar");
  return {
    metadata: { uid, resourceVersion },
    spec: {
      ...(containers.length === 0 ? {} : { containers }),
      ...(initContainers.length === 0 ? {} : { initContainers }),
    },
  };
}

function toResources({ request, limit }: Share, resource: Resource): object {
  return {
    ...(request === null ? {} : { requests: { [resource]: request } }),
    ...(limit === null ? {} : { limits: { [resource]: limit } }),
  };
}
