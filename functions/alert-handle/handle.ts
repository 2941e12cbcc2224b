import { PermanentError, TransientError } from "../../shared/errors.ts";
import type { Outcome } from "../../shared/function.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { patchPodMetadata } from "../../shared/kube/pods.ts";
import type { Recent } from "../../shared/kube/recent.ts";
import { isProtected } from "../../shared/opt-in.ts";
import type { Policy } from "../../shared/policy.ts";
import { decide } from "./decide.ts";
import { type AlertEvent, readReport, type Report } from "./report.ts";
import { readOwnership } from "./ownership.ts";
import type { PodRead, PodReads } from "./pod-reads.ts";
import { toLoadClassified } from "./reply.ts";

/** Each conflict means that another writer got through; more than this is a fight, for later. */
const MAX_ATTEMPTS = 5;

export type Context = {
  kube: KubeClient;
  pods: PodReads;
  /** Owners and namespaces, which many pods share. */
  recent: Recent;
  policy: Policy;
  now: () => number;
};

/** Labels the pod that an alert is about, and replies with its load when there is news of it. */
export async function handleAlert(event: AlertEvent, context: Context): Promise<Outcome> {
  const report = readReport(event, context.now());
  if (report === null) {
    return { kind: "skipped", reason: "the alert is not about the load of a pod" };
  }
  if (isProtected(report.namespace, context.policy)) {
    return { kind: "skipped", reason: `namespace ${report.namespace} is protected` };
  }
  const refused = new Map<string, unknown>();
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const read = await findPod(report, attempt === 1, context.pods);
    if (read === null) return { kind: "gone", reason: "the pod is gone, and its alert has ended" };
    const { uid, resourceVersion } = read.pod;
    if (report.podUid !== null && report.podUid !== uid) {
      if (!read.isLive) continue;
      return { kind: "gone", reason: "the pod was replaced since" };
    }
    if (refused.has(resourceVersion)) throw refused.get(resourceVersion);
    try {
      const outcome = await settle(event, report, read, context);
      if (outcome !== null) return outcome;
    } catch (error) {
      // A replaced pod of the same name has another uid, and a uid cannot be patched: 422. The
      // same for the same pod is a true refusal.
      if (!isStatus(error, 409) && !isStatus(error, 422)) throw error;
      if (isStatus(error, 422)) refused.set(resourceVersion, error);
    }
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}

/**
 * @throws PermanentError when an alert fires for a pod that does not exist: a mistyped name has to
 * be seen. One that ended is answered by null: pods take their alerts with them.
 */
async function findPod(
  { namespace, pod, fact }: Report,
  isFirst: boolean,
  pods: PodReads,
): Promise<PodRead | null> {
  try {
    return await (isFirst ? pods.read(namespace, pod) : pods.readLive(namespace, pod));
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    if (!fact.firing) return null;
    throw new PermanentError("POD_NOT_FOUND", `no pod ${namespace}/${pod} exists`, {
      cause: error,
    });
  }
}

/** null when the pod was read from a list and has to be read for itself. */
async function settle(
  event: AlertEvent,
  report: Report,
  { pod, isLive }: PodRead,
  context: Context,
): Promise<Outcome | null> {
  const { kube, policy } = context;
  const { labels = {}, annotations = {} } = pod;
  const decision = decide({ labels, annotations }, report.resource, report.fact, policy);
  const { kind, reason, answer, change } = decision;
  // Only a write is guarded by the resourceVersion: what asks for none may rest on an old reading.
  if (change === null && !isLive) return null;
  // Owner and class are read while the pod is written. A fault there fails the event, and when it
  // comes again the pod remembers what it was to answer.
  const [written, ownership] = await Promise.allSettled([
    change === null ? null : patchPodMetadata(kube, pod, change),
    answer === null ? null : readOwnership(context, pod, change),
  ]);
  if (written.status === "rejected") {
    if (isStatus(written.reason, 404) && !isLive) return null;
    if (isStatus(written.reason, 404)) return { kind: "gone", reason: "the pod has just gone" };
    throw written.reason;
  }
  if (ownership.status === "rejected") throw ownership.reason;
  if (answer === null || ownership.value === null) return { kind, reason };
  return {
    kind,
    reason,
    reply: toLoadClassified(event, pod, report.resource, answer, ownership.value),
  };
}

function isStatus(error: unknown, httpStatus: number): boolean {
  return error instanceof KubeError && error.httpStatus === httpStatus;
}
