import { toTime } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Writer } from "../patch/managed-fields.ts";
import { at } from "../kube-object.ts";
import {
  forbiddenField,
  invalidOptions,
  invalidValue,
  requiredField,
  tooLong,
  unsupportedValue,
} from "../status-error.ts";
import type { Cause } from "../status-error.ts";
import type { Exchange } from "./exchange.ts";

const maxManagerBytes = 128;
const dryRuns: readonly string[] = ["All"];
const validations: readonly string[] = ["", "Ignore", "Strict", "Warn"];
const propagations: readonly string[] = ["Foreground", "Background", "Orphan"];

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

function managerCauses(manager: string): Cause[] {
  const unprintable = Array.from(manager.matchAll(/[\p{C}\p{Zl}\p{Zp}]/gu), (match) => {
    const why = `invalid character ${codePoint(match[0])} (at position ${match.index})`;
    return invalidValue("fieldManager", manager, why);
  });
  return [
    ...(Buffer.byteLength(manager) > maxManagerBytes
      ? [tooLong("fieldManager", maxManagerBytes)]
      : []),
    ...unprintable,
  ];
}

const dryRunCauses = (stages: readonly unknown[]): Cause[] =>
  stages.every((stage) => stage === "All") ? [] : [unsupportedValue("dryRun", stages, dryRuns)];

/**
 * What the query of a write may say (`pkg/apis/meta/v1/validation`).
 * @throws StatusError 422.
 */
export function assertWriteOptions(
  { query }: Exchange,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  isApply = false,
): void {
  const manager = query.get("fieldManager") ?? "";
  const validation = query.get("fieldValidation") ?? "";
  const causes: Cause[] = [];
  if (isApply && manager === "") {
    causes.push(requiredField("fieldManager", "is required for apply patch"));
  }
  if (kind === "PatchOptions" && !isApply && query.has("force")) {
    causes.push(forbiddenField("force", "may not be specified for non-apply patch"));
  }
  causes.push(...managerCauses(manager), ...dryRunCauses(stagesOf(query)));
  if (!validations.includes(validation)) {
    causes.push(unsupportedValue("fieldValidation", validation, validations));
  }
  if (causes.length > 0) throw invalidOptions(kind, causes);
}

const stagesOf = (query: URLSearchParams): string[] =>
  query.getAll("dryRun").filter((stage) => stage !== "");

/**
 * What a deletion may ask for, in its body or its query.
 * @throws StatusError 422.
 */
export function assertDeleteOptions(body: unknown, query: URLSearchParams): void {
  const propagation = at(body, "propagationPolicy") ?? query.get("propagationPolicy") ?? undefined;
  const orphans = at(body, "orphanDependents") ?? query.get("orphanDependents") ?? undefined;
  const causes: Cause[] = [];
  if (propagation !== undefined && orphans !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    causes.push(invalidValue("propagationPolicy", propagation, why));
  }
  if (propagation !== undefined && !propagations.some((each) => each === propagation)) {
    causes.push(unsupportedValue("propagationPolicy", propagation, [...propagations, "nil"]));
  }
  const stages = at(body, "dryRun") ?? stagesOf(query);
  causes.push(...dryRunCauses(Array.isArray(stages) ? stages : [stages]));
  if (causes.length > 0) throw invalidOptions("DeleteOptions", causes);
}

/** Who writes, for `managedFields`: the `fieldManager` asked for, else the client's program. */
export function writerOf(
  { request, query }: Exchange,
  clock: Clock,
  operation: "Apply" | "Update",
): Writer {
  const agent = (request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  const manager = query.get("fieldManager") ?? "";
  return {
    manager: manager === "" ? agent.slice(0, maxManagerBytes) : manager,
    operation,
    time: toTime(clock.nowMs()),
  };
}

export const isDryRun = (query: URLSearchParams): boolean => stagesOf(query).length > 0;

/** The same for what is deleted or evicted, whose options come as a body. */
export function isDryDeletion(deleteOptions: unknown, query: URLSearchParams): boolean {
  const stages = at(deleteOptions, "dryRun");
  return (Array.isArray(stages) && stages.length > 0) || isDryRun(query);
}
