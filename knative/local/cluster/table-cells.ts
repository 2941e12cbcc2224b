import { humanDuration } from "./duration.ts";
import { at, textOf } from "./kube-object.ts";

/** The age of a time as kubectl shows it. */
export const ageOf = (time: unknown, nowMs: number): string => {
  const ms = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? "<unknown>" : humanDuration(nowMs - ms);
};

/** A text member at a path, or what is shown when there is none. */
export const textAt = (object: unknown, path: string, none = "<none>"): string => {
  const value = at(object, ...path.split("."));
  return textOf(value) || none;
};

export const listAt = (object: unknown, path: string): unknown[] => {
  const value = at(object, ...path.split("."));
  return Array.isArray(value) ? value : [];
};

export const numberAt = (object: unknown, path: string): number => {
  const value = at(object, ...path.split("."));
  return typeof value === "number" ? value : 0;
};

/** The condition of a type among those of an object; undefined when it has none. */
export const conditionOf = (object: unknown, type: string): unknown =>
  listAt(object, "status.conditions").find((condition) => at(condition, "type") === type);
