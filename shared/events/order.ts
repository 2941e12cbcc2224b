import * as z from "zod/mini";
import { Instant } from "../instant.ts";
import { defineEvent } from "./contract.ts";
import { podReview, workloadReview } from "./review.ts";

const name = z.string().check(z.minLength(1), z.maxLength(253));
const text = z.string().check(z.maxLength(500));

/** What everybody says who orders something. It is told on, and proves nothing. */
const asked = () => ({
  /** Who asks: a name for the reasons, not a proof. */
  by: z.string().check(z.minLength(1), z.maxLength(100)),
  /** Why; told with what it leads to. */
  note: z.optional(text),
});

/** All workloads, those of a namespace, or one. */
export const Scope = z.lazy(() =>
  z.discriminatedUnion("scope", [
    z.object({ scope: z.literal("all") }),
    z.object({ scope: z.literal("namespace"), namespace: name }),
    z.object({ scope: z.literal("workload"), namespace: name, kind: name, name }),
  ]),
);
export type Scope = z.infer<typeof Scope>;

/** The decision that an approval is about, and the pod that keeps it. */
const answered = () => ({
  decisionId: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  namespace: name,
  pod: name,
  ...asked(),
});

export const ApprovalGiven = defineEvent({
  type: "dev.vigie.approval.given.v1",
  source: "/vigie/curl",
  description: "Somebody says yes to a decision that was proposed.",
  data: z.lazy(() => z.object(answered())),
});

export const ApprovalDenied = defineEvent({
  type: "dev.vigie.approval.denied.v1",
  source: "/vigie/curl",
  description: "Somebody says no to a decision that was proposed.",
  data: z.lazy(() => z.object(answered())),
});
export type Approval = z.infer<typeof ApprovalGiven.data>;

export const PauseRequested = defineEvent({
  type: "dev.vigie.pause.requested.v1",
  source: "/vigie/curl",
  description: "Somebody wants nothing to be written for a while.",
  data: z.lazy(() =>
    z.object({
      target: Scope,
      /** Until then; absent: until it is resumed. */
      until: z.optional(Instant),
      ...asked(),
    }),
  ),
});
export type PauseRequest = z.infer<typeof PauseRequested.data>;

export const ResumeRequested = defineEvent({
  type: "dev.vigie.resume.requested.v1",
  source: "/vigie/curl",
  description: "Somebody ends every pause of what it names, and of all within.",
  data: z.lazy(() => z.object({ target: Scope, ...asked() })),
});
export type ResumeRequest = z.infer<typeof ResumeRequested.data>;

export const RevertRequested = defineEvent({
  type: "dev.vigie.revert.requested.v1",
  source: "/vigie/curl",
  description:
    "Somebody wants the sizes back that pods and workloads had before they were first changed, and the replicas.",
  data: z.lazy(() => z.object({ target: Scope, ...asked() })),
});
export type RevertRequest = z.infer<typeof RevertRequested.data>;

const reverted = () => ({
  target: Scope,
  /** What was changed later than that stays. */
  requestedAt: Instant,
  ...asked(),
});

export const RevertDue = defineEvent({
  type: "dev.vigie.revert.due.v1",
  source: "/vigie/label-scan",
  description: "A pod or workload was found that was changed, and that a revert was requested for.",
  data: z.lazy(() =>
    z.union([
      z.object({ ...workloadReview(), ...reverted() }),
      z.object({ ...podReview(), ...reverted() }),
    ]),
  ),
});
export type RevertOrder = z.infer<typeof RevertDue.data>;
