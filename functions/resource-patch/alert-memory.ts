import type { Resource } from "../../shared/policy-schema.ts";
import type { Policy } from "../../shared/policy.ts";
import { LEDGER, parseLedger, resourceStanding } from "../../shared/pod-alerts/ledger.ts";
import type { Heard } from "./judge.ts";

/**
 * What the alerts that a pod remembers say of a load: the last word even when the event that told it
 * has been missed, or came while all was paused. null when it remembers none.
 */
export function rememberedLoad(
  annotations: Readonly<Record<string, string>> | undefined,
  resource: Resource,
  { bands }: Pick<Policy, "bands">,
): Heard | null {
  const ledger = parseLedger(annotations?.[LEDGER]);
  if (ledger === null) return null;
  const standing = resourceStanding(ledger, resource, bands);
  return standing === null ? null : { band: standing.band, observedAt: standing.fact.at };
}
