import * as z from "zod/mini";
import { Resource } from "../policy-words.ts";
import { defineEvent } from "./contract.ts";

/** One resource of one pod: fields of what is to be looked at again. */
export const podReview = () => ({
  namespace: z.string().check(z.minLength(1)),
  pod: z.string().check(z.minLength(1)),
  podUid: z.string().check(z.minLength(1)),
  resource: Resource,
});

/** One resource of one pod that is to be looked at again. */
const PodReview = z.lazy(() => z.object(podReview()));
export type PodReview = z.infer<typeof PodReview>;

export const ReviewDue = defineEvent({
  type: "dev.vigie.review.due.v1",
  source: "/vigie/label-scan",
  description: "It is time to see what became of a change, or of a proposal that waits for a yes.",
  data: PodReview,
});
