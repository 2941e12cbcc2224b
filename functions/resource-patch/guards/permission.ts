import { isWithin } from "../../../shared/policy-window.ts";
import { explainPause } from "../explain-pause.ts";
import type { Guard } from "./guard.ts";

/** More than this many faults of annotations are not told. */
const MAX_FAULTS = 3;

/** Who may not. */
export const PERMISSION: readonly Guard[] = [
  {
    code: "PROTECTED_NAMESPACE",
    test: ({ situation: { isProtected, pod } }) =>
      isProtected ? `namespace ${pod.namespace} is protected by policy` : null,
  },
  {
    code: "NOT_MANAGED",
    test: ({ situation: { managed } }) =>
      managed ? null : "neither the pod nor its workload has opted in to resizing",
  },
  {
    code: "WORKLOAD_NOT_MANAGED",
    for: ["patch-owner", "scale-out", "scale-in"],
    // What is written there changes every replica, and those have not been asked.
    test: ({ situation: { managed, workloadManaged, owner } }) =>
      managed && workloadManaged === false
        ? `the pod has opted in to resizing, ${owner.kind} ${owner.name} has not`
        : null,
  },
  {
    code: "PAUSED",
    test: ({ rules, situation: { pause } }) => {
      if (rules.paused) return "everything is paused by policy";
      return pause === undefined ? null : explainPause(pause);
    },
  },
  {
    code: "BAD_OVERRIDE",
    test: ({ overrideFaults }) =>
      overrideFaults.length === 0 ? null : overrideFaults.slice(0, MAX_FAULTS).join("; "),
  },
  {
    code: "ACTION_NOT_ALLOWED",
    test: ({ draft: { action }, policy, situation: { slaClass } }) =>
      action === "keep" || policy.allowedActions.includes(action)
        ? null
        : `${action} is not among the actions allowed to it (class ${slaClass})`,
  },
  {
    code: "NOT_BUILT",
    test: ({ draft: { action }, policy, rules: { built } }) => {
      if (action !== "keep" && !built.actions.includes(action)) {
        return `${action} is weighed, but carrying it out is not built yet`;
      }
      return policy.mode === "approve" && !built.canAskApproval
        ? "mode approve: asking somebody is not built yet"
        : null;
    },
  },
  {
    code: "OUTSIDE_WINDOW",
    test: ({ draft, situation, policy }) => {
      const isRelief =
        draft.direction === "up" &&
        draft.action !== "patch-owner" &&
        (situation.load.band === "high" || draft.action === "grow-volume");
      return isRelief || isWithin(policy.windows, situation.now)
        ? null
        : "it is not urgent, and now is outside the class's windows";
    },
  },
];
