import type { SinkBinding } from "../manifests/sink-binding.ts";
import type { Wiring } from "../manifests/wiring.ts";
import { isSubject } from "../serving/sink-env.ts";

/** Bindings without a subject among what runs here. */
export function unboundOf({ services, deployments, sinkBindings }: Wiring): SinkBinding[] {
  const subjects = [
    ...services.map((one) => ({ ...one, group: "serving.knative.dev", kind: "Service" })),
    ...deployments.map((one) => ({ ...one, group: "apps" })),
  ];
  return sinkBindings.filter((binding) => !subjects.some((one) => isSubject(one, binding)));
}

/** Those of the manifests, and those that others imply: a ContainerSource has one of its own. */
export function bindingsOf({ sinkBindings, containerSources }: Wiring): SinkBinding[] {
  const implied = containerSources.map((source) => ({
    ...source,
    subject: { apiVersion: "sources.knative.dev/v1", kind: source.kind, name: source.name },
  }));
  return [...sinkBindings, ...implied];
}

/** Why a binding binds nothing, in words. */
export function unboundText({ subject }: SinkBinding): string {
  const of = `${subject.kind} ${subject.name ?? "by label"} (${subject.apiVersion})`;
  return `its subject, ${of}, is not run locally`;
}
