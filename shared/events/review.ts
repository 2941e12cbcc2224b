import * as z from "zod/mini";
import { Resource } from "../policy-words.ts";
import { defineEvent } from "./contract.ts";
import { Owner } from "./load.ts";

/** One resource of one pod: fields of what is to be looked at again. */
export const podReview = () => ({
  namespace: z.string().check(z.minLength(1)),
  pod: z.string().check(z.minLength(1)),
  podUid: z.string().check(z.minLength(1)),
  resource: Resource,
});

/** One resource of one pod that is to be looked at again. */
const PodReview = z.lazy(() => z.object(podReview()));

/** Likewise of a workload: of its template, or its replicas. */
export const workloadReview = () => ({
  workload: Owner,
  uid: z.string().check(z.minLength(1)),
  resource: Resource,
});

/** One resource of a workload that is to be looked at again. */
const WorkloadReview = z.lazy(() => z.object(workloadReview()));
export type WorkloadReview = z.infer<typeof WorkloadReview>;

const Review = z.lazy(() => z.union([WorkloadReview, PodReview]));
export type Review = z.infer<typeof Review>;

export const ReviewDue = defineEvent({
  type: "dev.vigie.review.due.v1",
  source: "/vigie/label-scan",
  description: "It is time to see what became of a change, or of a proposal that waits for a yes.",
  data: Review,
});
