import { AUTOSCALING_PREFIX, nearestAutoscalingName } from "../manifests/autoscaling.ts";
import type { KnativeService } from "../manifests/knative-service.ts";
import type { Inspected, Rule, Warning } from "./warning.ts";

/** `S:pkg/queue/sharedmain`: the drain waits so long for a quiet queue before SIGTERM. */
const DRAIN_SECONDS = 30;
/** `registries-skipping-tag-resolving` of config-deployment. */
const UNRESOLVED_REGISTRIES = ["kind.local", "ko.local", "dev.local"];
const SPEC = ["spec", "template", "spec"];
const CONTAINER = [...SPEC, "containers", 0];

/** What Serving makes of a Knative Service. */
export const serviceRules: Rule = (inspected) =>
  inspected.wiring.services.flatMap((service) => [
    ...shortTimeout(inspected, service),
    ...lateLimits(inspected, service),
    ...image(inspected, service),
    ...bound(inspected, service),
    ...autoscaling(inspected, service),
  ]);

function shortTimeout({ warn }: Inspected, service: KnativeService): Warning[] {
  const { timeoutSeconds } = service.template.spec;
  if (timeoutSeconds >= DRAIN_SECONDS) return [];
  const message =
    `timeoutSeconds ${timeoutSeconds} is also the grace before SIGKILL: it ends before the drain of ` +
    `${DRAIN_SECONDS} s does, and cuts off what is in flight when a pod goes`;
  return [warn(service, [...SPEC, "timeoutSeconds"], "short-timeout", message)];
}

/** `S:pkg/http/handler/timeout.go`: the total ends first. 0 is off. */
function lateLimits({ warn }: Inspected, service: KnativeService): Warning[] {
  const { spec } = service.template;
  return (["responseStartTimeoutSeconds", "idleTimeoutSeconds"] as const).flatMap((field) => {
    const seconds = spec[field] ?? 0;
    if (seconds === 0 || seconds < spec.timeoutSeconds) return [];
    const message = `${field} ${seconds} has no effect: timeoutSeconds ${spec.timeoutSeconds} ends every request before`;
    return [warn(service, [...SPEC, field], "late-limit", message)];
  });
}

function image({ warn }: Inspected, service: KnativeService): Warning[] {
  const reference = service.template.spec.containers[0]?.image ?? "";
  const at = [...CONTAINER, "image"];
  const [first = "", ...rest] = reference.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  if (reference.includes("@sha256:")) return [];
  if (hasRegistry && UNRESOLVED_REGISTRIES.includes(first)) return [];
  if (!hasRegistry) {
    const path = rest.length === 0 ? `library/${reference}` : reference;
    const message =
      `image ${reference} names no registry: Knative asks docker.io for ${path} at each revision, and does ` +
      "not find what is on the node only; dev.local/… is not resolved";
    return [warn(service, at, "resolved-image", message)];
  }
  if (/^(localhost|127\.|\[::1\])/.test(first)) {
    const message = `image ${reference}: Knative's controller asks ${first} for it, and that is its own pod`;
    return [warn(service, at, "resolved-image", message)];
  }
  const tag = /:([\w.-]+)$/.exec(rest.join("/"))?.[1];
  if (tag !== undefined && tag !== "latest") return [];
  const message = `image ${reference} is resolved to a digest when the revision is made: a later push changes nothing until the next one`;
  return [warn(service, at, "floating-image", message)];
}

/** `E:pkg/apis/sources/v1/sinkbinding_lifecycle.go`: taken out and set anew. */
function bound({ wiring, warn }: Inspected, service: KnativeService): Warning[] {
  const isBound = wiring.sinkBindings.some(
    ({ namespace, subject }) =>
      namespace === service.namespace &&
      subject.kind === "Service" &&
      subject.apiVersion.startsWith("serving.knative.dev/") &&
      subject.name === service.name,
  );
  if (!isBound) return [];
  const env = service.template.spec.containers[0]?.env ?? [];
  return ["K_SINK", "K_CE_OVERRIDES"].flatMap((name) => {
    const index = env.findIndex((one) => one.name === name);
    if (index < 0) return [];
    const message = `${name} is replaced by what the SinkBinding says`;
    return [warn(service, [...CONTAINER, "env", index], "replaced-sink", message)];
  });
}

/** `S:pkg/apis/autoscaling/annotation_validation.go` looks at those it knows, and at no others. */
function autoscaling({ warn }: Inspected, service: KnativeService): Warning[] {
  return Object.keys(service.template.annotations).flatMap((annotation) => {
    if (!annotation.startsWith(AUTOSCALING_PREFIX)) return [];
    const nearest = nearestAutoscalingName(annotation.slice(AUTOSCALING_PREFIX.length));
    if (nearest === null) return [];
    const meant = nearest === "" ? "" : `: is ${AUTOSCALING_PREFIX}${nearest} meant?`;
    const at = ["spec", "template", "metadata", "annotations", annotation];
    const message = `the autoscaler reads no annotation ${annotation}, and nothing says so${meant}`;
    return [warn(service, at, "unknown-autoscaling", message)];
  });
}
