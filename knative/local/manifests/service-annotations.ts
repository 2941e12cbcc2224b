import { goDurationMs } from "./duration.ts";
import { goFloat } from "./go-float.ts";

/** `S:pkg/apis/serving/register.go` */
const ROLLOUT = ["serving.knative.dev/rollout-duration", "serving.knative.dev/rolloutDuration"];
const QUEUE_SHARE = "queue.sidecar.serving.knative.dev/resource-percentage";

/** What keeps the roll-out time of a Service from being one (`metadata_validation.go`), or null. */
export function rolloutFault(
  annotations: Readonly<Record<string, string>>,
): [string, string] | null {
  const name = ROLLOUT.find((one) => annotations[one] !== undefined) ?? "";
  const durationMs = goDurationMs(annotations[name] || "0");
  if (durationMs !== null && durationMs >= 0 && durationMs % 1_000 === 0) return null;
  return [name, "must be a duration of whole seconds, such as 380s"];
}

/** The same of a revision's annotation for its queue-proxy (`revision_validation.go`). */
export function queueShareFault(
  annotations: Readonly<Record<string, string>>,
): [string, string] | null {
  const text = annotations[QUEUE_SHARE];
  if (text === undefined) return null;
  const percent = goFloat(text) ?? Number.NaN;
  if (percent >= 0.1 && percent <= 100) return null;
  return [QUEUE_SHARE, "must be a number from 0.1 to 100"];
}

const VISIBILITY = "networking.knative.dev/visibility";

/** What keeps the label for who may call a Service from being one (`route_validation.go`), or null. */
export function visibilityFault(labels: Readonly<Record<string, string>>): [string, string] | null {
  const visibility = labels[VISIBILITY] ?? "cluster-local";
  return visibility === "cluster-local" ? null : [VISIBILITY, "may only be cluster-local"];
}
