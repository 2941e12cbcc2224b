import { toTime } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Writer } from "../patch/managed-fields.ts";
import { at } from "../kube-object.ts";
import { badRequest } from "../status-error.ts";
import type { Exchange } from "./exchange.ts";

/** Who writes, for `managedFields`: the `fieldManager` asked for, else the client's program. */
export function writerOf(
  { request, query }: Exchange,
  clock: Clock,
  operation: "Apply" | "Update",
): Writer {
  const agent = (request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  const manager = query.get("fieldManager") ?? agent;
  if (manager.length > 128) throw badRequest("fieldManager may not be longer than 128 characters");
  return { manager, operation, time: toTime(clock.nowMs()) };
}

/** @throws StatusError 400 for anything but `All`. */
export function isDryRun(value: string | null): boolean {
  if (value === null || value === "") return false;
  if (value !== "All")
    throw badRequest(`invalid dryRun: ${JSON.stringify(value)}: supported value is "All"`);
  return true;
}

/**
 * The same for what is deleted or evicted, whose options come as a body: `dryRun: ["All"]` there is
 * all that kubectl sends.
 * @throws StatusError 400 for anything but `All`.
 */
export function isDryDeletion(deleteOptions: unknown, query: URLSearchParams): boolean {
  const stages = at(deleteOptions, "dryRun") ?? [];
  if (!Array.isArray(stages) || stages.some((stage) => stage !== "All")) {
    throw badRequest(`invalid dryRun: ${JSON.stringify(stages)}: supported value is ["All"]`);
  }
  return stages.length > 0 || isDryRun(query.get("dryRun"));
}
