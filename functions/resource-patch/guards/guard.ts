import type { Choice } from "../../../shared/events/decided.ts";
import type { Situation } from "../../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import type { Rules } from "../../../shared/policy-rules.ts";
import type { Draft } from "../alternatives/draft.ts";

/** An alternative is weighed with all that it rests on. */
export type Candidate = {
  draft: Draft;
  situation: Situation;
  rules: Rules;
  /** The class's, narrowed by annotations. */
  policy: DecisionPolicy;
  /** Sentences on annotations that were not taken. */
  overrideFaults: readonly string[];
};

/** A sentence when the guard forbids it, else null. */
type Test = (candidate: Candidate) => string | null;

/** For which actions; without any it is for all but keep. */
export type Guard = { code: string; for?: readonly Choice[]; test: Test };

/** What writes sizes. */
export const SIZES: readonly Choice[] = ["resize", "patch-owner"];
