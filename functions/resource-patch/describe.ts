import type { ContainerChange } from "../../shared/events/change.ts";
import type { Alternative } from "../../shared/events/decided.ts";
import { formatMemoryBytes } from "../../shared/quantity.ts";

/** "app limit 500m→840m, request 250m→420m" */
export function describeChange({ container, before, after }: ContainerChange): string {
  const parts: string[] = [];
  if (before.limit !== after.limit) parts.push(`limit ${before.limit}→${after.limit ?? "none"}`);
  if (before.request !== after.request) parts.push(`request ${before.request}→${after.request}`);
  return `${container} ${parts.join(", ")}`;
}

/** What an alternative would do, in a line. */
export function describeAlternative(
  alternative: Pick<
    Alternative,
    "action" | "target" | "changes" | "replicas" | "volume" | "labels"
  >,
): string {
  const { action, target, changes, replicas, volume, labels = {} } = alternative;
  const name = target === null ? "" : `${target.kind} ${target.name}`;
  if (replicas !== null) return `${name} replicas ${replicas.before}→${replicas.after}`;
  if (volume !== null) {
    const [before, after] = [volume.beforeBytes, volume.afterBytes].map(formatMemoryBytes);
    return `${name} ${before}→${after}`;
  }
  const sizes = [
    ...changes.map((change) => describeChange(change)),
    ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`),
  ].join("; ");
  return action === "patch-owner" ? `${name}: ${sizes}` : sizes;
}
