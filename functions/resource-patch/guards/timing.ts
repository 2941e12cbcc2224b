import { counted } from "../../../shared/counted.ts";
import { type Guard, SIZES } from "./guard.ts";

/** Too early, or too often. */
export const TIMING: readonly Guard[] = [
  {
    code: "TRIED_ALREADY",
    test: ({ draft: { action }, situation: { tried = [] } }) => {
      const found = tried.find((each) => each.action === action);
      return found === undefined ? null : `${action} was tried for this load: ${found.reason}`;
    },
  },
  {
    code: "STALE_FACT",
    test: ({ situation: { load, lastResize } }) =>
      lastResize !== null && Date.parse(load.observedAt) <= Date.parse(lastResize.at)
        ? `the load was observed at ${load.observedAt}, before the last resize at ${lastResize.at}`
        : null,
  },
  {
    code: "COOLING_DOWN",
    test: ({ draft, situation: { now, lastResize }, policy }) => {
      if (lastResize === null) return null;
      const isDown = draft.direction === "down";
      // What was made smaller, and turns out to be too small, is not to suffer for it.
      if (draft.direction === "up" && lastResize.direction === "down") return null;
      const wantedSeconds = isDown ? policy.cooldownDownSeconds : policy.cooldownUpSeconds;
      const ageSeconds = (Date.parse(now) - Date.parse(lastResize.at)) / 1000;
      return ageSeconds < wantedSeconds
        ? `the last resize is ${Math.max(0, Math.floor(ageSeconds))} s ago, the class wants ${wantedSeconds} s between two`
        : null;
    },
  },
  {
    code: "BACKING_OFF",
    test: ({ draft: { action, direction }, situation }) => {
      const { now, backOff, workloadBackOffs = [] } = situation;
      const all = backOff === undefined ? workloadBackOffs : [backOff, ...workloadBackOffs];
      const found = all.find(
        (one) =>
          one.direction === direction &&
          (one.actions ?? SIZES).includes(action) &&
          Date.parse(now) < Date.parse(one.until),
      );
      return found === undefined
        ? null
        : `${counted(found.failures, `change ${direction} was`, `changes ${direction} in a row were`)} taken back; not again before ${found.until}`;
    },
  },
  {
    code: "BUDGET_SPENT",
    test: ({ situation: { spent }, policy: { budget }, rules }) => {
      if (spent === null) return null;
      const { workloadLastHour, workloadLastDay, allLastHour } = spent;
      if (allLastHour >= rules.changesPerHour) {
        return `${counted(allLastHour, "change")} of all workloads in an hour: that is the policy's budget`;
      }
      if (workloadLastHour >= budget.perHour) {
        return `${counted(workloadLastHour, "change")} of the workload in an hour: that is the class's budget`;
      }
      return workloadLastDay >= budget.perDay
        ? `${counted(workloadLastDay, "change")} of the workload in a day: that is the class's budget`
        : null;
    },
  },
  {
    code: "BUDGET_UNKNOWN",
    for: ["patch-owner", "scale-out", "scale-in", "grow-volume"],
    // A zone has a label on its Deployment: it is one change for each time the zone does.
    test: ({ situation: { spent, zone }, draft: { action } }) =>
      spent === null && zone === undefined
        ? `${action} is not done while nobody counts the changes`
        : null,
  },
];
