import * as z from "zod/mini";
import { Alternative } from "../../shared/events/decided.ts";
import { SettledOutcome } from "../../shared/events/settled.ts";
import { SituationLoad, SituationUsage } from "../../shared/events/situation.ts";
import { type Resource, SlaClass } from "../../shared/policy-words.ts";

/** A load of an hour ago says little of now, and the guards are asked again of the live pod. */
export const APPROVAL_SECONDS = 3_600;

/** Kubernetes allows 256 KiB for all annotations of an object; one of three containers is 1.5 KB. */
const MAX_TEXT = 16_384;

/** What waits on a pod for somebody's yes, and what they said. The newest of a resource replaces the older. */
export const Proposal = z.lazy(() =>
  z.object({
    /** Of the decision. */
    id: z.string(),
    at: z.iso.datetime(),
    until: z.iso.datetime(),
    load: SituationLoad,
    /** What the sizes rest on: advice moves with every sample, and what was approved is not to. */
    usage: SituationUsage,
    alternative: Alternative,
    /** null while nobody has said anything, and its time is not over. */
    answer: z.nullable(
      z.object({
        kind: z.enum(["given", "denied", "expired"]),
        by: z.string(),
        at: z.iso.datetime(),
        /** Of the event that said so. */
        cause: z.string(),
        /** How it ended; null while it is being carried out. */
        settled: z.nullable(
          z.object({
            outcome: SettledOutcome,
            reason: z.string(),
            at: z.iso.datetime(),
            /** Of what was carried out: so that it is told in the same words again. */
            slaClass: z.optional(SlaClass),
            hasReplicas: z.optional(z.boolean()),
          }),
        ),
      }),
    ),
  }),
);
export type Proposal = z.infer<typeof Proposal>;
export type Answer = NonNullable<Proposal["answer"]>;

/** One annotation per resource. */
export function proposalKey(resource: Resource): string {
  return `vigie.dev/proposal-${resource}`;
}

/** null when there is none, or none that we could have written. */
export function readProposal(
  annotations: Readonly<Record<string, string>> | undefined,
  resource: Resource,
): Proposal | null {
  const text = annotations?.[proposalKey(resource)];
  if (text === undefined || text.length > MAX_TEXT) return null;
  try {
    return Proposal.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** null when it is too long to be kept on a pod. */
export function formatProposal(proposal: Proposal): string | null {
  const text = JSON.stringify(proposal);
  return text.length > MAX_TEXT ? null : text;
}
