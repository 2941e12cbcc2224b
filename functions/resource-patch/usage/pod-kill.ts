import { parseMemoryBytes } from "../../../shared/quantity.ts";
import { readIntent } from "../intent.ts";
import type { Pod } from "../pod-facts.ts";
import type { OomKill } from "../sizing/oom-bump.ts";

/**
 * The last kill of a container for want of memory, as the kubelet tells it on the pod: Prometheus
 * hears of it a minute later, and only the last one is here. The limit is that of then: a resize of
 * ours since is taken back.
 * @returns null when there was none, or no limit.
 */
export function podKill({ metadata, spec, status }: Pod, name: string): OomKill | null {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const told = statuses.find((each) => each.name === name);
  const ended = [told?.state?.terminated, told?.lastState?.terminated].find(
    (each) => each?.reason === "OOMKilled",
  );
  const atMs = Date.parse(String(ended?.finishedAt));
  if (Number.isNaN(atMs)) return null;
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const now = containers.find((each) => each.name === name)?.resources?.limits?.["memory"];
  const intent = readIntent(metadata.annotations, "memory");
  const change = intent?.changes.find(({ container }) => container === name);
  const isSince = intent !== null && Date.parse(intent.at) > atMs;
  const limit = isSince && change !== undefined ? change.before.limit : (now ?? null);
  return limit === null ? null : { atSeconds: atMs / 1000, limitBytes: parseMemoryBytes(limit) };
}
