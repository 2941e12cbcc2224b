import type { ContainerChange, GuardHit, Situation } from "../../shared/events/resources.ts";
import type { ClassPolicy } from "../../shared/policy-schema.ts";
import { growthRatio, isGuaranteed, isSized } from "./size.ts";

/** An action is weighed with what it would change. */
type Candidate = { situation: Situation; policy: ClassPolicy; changes: readonly ContainerChange[] };

/** A sentence when the guard forbids a resize, else null. */
type Guard = (candidate: Candidate) => string | null;

/** In the order in which they are told: who may not, then what cannot, then what need not. */
const GUARDS: Readonly<Record<string, Guard>> = {
  PROTECTED_NAMESPACE: ({ situation: { isProtected, pod } }) =>
    isProtected ? `namespace ${pod.namespace} is protected by policy` : null,
  NOT_MANAGED: ({ situation: { managed } }) =>
    managed ? null : "neither the pod nor its workload has opted in to resizing",
  POD_REPLACED: ({ situation: { load, pod } }) =>
    load.podUid === pod.uid ? null : "the pod was replaced since its load was told",
  POD_TERMINATING: ({ situation: { pod } }) => (pod.isTerminating ? "the pod is going away" : null),
  POD_NOT_RUNNING: ({ situation: { pod } }) =>
    pod.phase === "Running" ? null : `the pod is ${pod.phase || "of no phase"}, not Running`,
  STATIC_POD: ({ situation: { pod } }) =>
    pod.isStatic ? "the pod comes from a file on its node" : null,
  WINDOWS_POD: ({ situation: { pod } }) =>
    pod.isWindows ? "pods on Windows cannot be resized in place" : null,
  POD_LEVEL_RESOURCES: ({ situation: { pod } }) =>
    pod.hasPodLevelResources ? "sizes of a pod as a whole are not built yet" : null,
  AUTOSCALED: ({ situation: { autoscalers, load } }) =>
    autoscalers.length === 0
      ? null
      : `${load.resource} belongs to ${autoscalers.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
  NOT_HIGH: ({ situation: { load } }) =>
    load.band === "high"
      ? null
      : `load ${load.band}: one reading is not a history, so sizes only go up`,
  NO_PERCENT: ({ situation: { load } }) =>
    load.percent === null ? "only the band of the load is known, not its percent" : null,
  STALE_FACT: ({ situation: { load, lastResize } }) =>
    lastResize !== null && Date.parse(load.observedAt) <= Date.parse(lastResize.at)
      ? `the load was observed at ${load.observedAt}, before the last resize at ${lastResize.at}`
      : null,
  COOLING_DOWN: ({ situation: { now, lastResize }, policy: { cooldownSeconds } }) => {
    if (lastResize === null) return null;
    const ageSeconds = (Date.parse(now) - Date.parse(lastResize.at)) / 1000;
    return ageSeconds < cooldownSeconds
      ? `the last resize is ${Math.max(0, Math.floor(ageSeconds))} s ago, the class wants ${cooldownSeconds} s between two`
      : null;
  },
  NOTHING_TO_SCALE: ({ situation: { pod, load } }) =>
    pod.containers.some((container) => isSized(container, load.resource))
      ? null
      : `no container has a request or limit of ${load.resource} to scale from`,
  NOT_NEEDED: ({ situation: { load }, policy }) =>
    load.percent !== null && growthRatio(load.percent, load.resource, policy) <= 1
      ? `${load.percent} % is what the class aims for, or below`
      : null,
  AT_BOUND: ({ situation: { pod, load }, changes, policy }) =>
    changes.length === 0 &&
    load.percent !== null &&
    growthRatio(load.percent, load.resource, policy) > 1 &&
    pod.containers.some((container) => isSized(container, load.resource))
      ? `every container is at the class's bound of ${load.resource}`
      : null,
  RESTART_NEEDED: ({ situation: { pod, load }, changes }) => {
    const names = pod.containers
      .filter(({ restartsOnResize }) => restartsOnResize)
      .map(({ name }) => name)
      .filter((name) => changes.some(({ container }) => container === name));
    return names.length === 0
      ? null
      : `a change of ${load.resource} would restart ${names.join(", ")} (resizePolicy)`;
  },
  QOS_WOULD_CHANGE: ({ situation: { load }, changes }) => {
    const changed = changes.find(
      ({ before, after }) =>
        isGuaranteed(before, load.resource) !== isGuaranteed(after, load.resource),
    );
    return changed === undefined
      ? null
      : `the QoS class of the pod would change with container ${changed.container}`;
  },
};

/** Every guard that forbids the resize, with its reason; none means that it may be done. */
export function hitGuards(candidate: Candidate): GuardHit[] {
  return Object.entries(GUARDS).flatMap(([code, guard]) => {
    const reason = guard(candidate);
    return reason === null ? [] : [{ code, reason }];
  });
}
