import { goDurationMs } from "./duration.ts";

/** `S:pkg/apis/serving/register.go` */
const ROLLOUT = "serving.knative.dev/rollout-duration";
const QUEUE_SHARE = "queue.sidecar.serving.knative.dev/resource-percentage";

/** What keeps the roll-out time of a Service from being one (`metadata_validation.go`), or null. */
export function rolloutFault(
  annotations: Readonly<Record<string, string>>,
): [string, string] | null {
  const text = annotations[ROLLOUT];
  if (text === undefined) return null;
  const durationMs = goDurationMs(text);
  if (durationMs !== null && durationMs % 1_000 === 0) return null;
  return [ROLLOUT, "must be a duration of whole seconds, such as 380s"];
}

/** The same of a revision's annotation for its queue-proxy (`revision_validation.go`). */
export function queueShareFault(
  annotations: Readonly<Record<string, string>>,
): [string, string] | null {
  const text = annotations[QUEUE_SHARE];
  if (text === undefined) return null;
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (percent >= 0.1 && percent <= 100) return null;
  return [QUEUE_SHARE, "must be a number from 0.1 to 100"];
}
