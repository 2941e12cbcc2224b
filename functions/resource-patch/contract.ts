import * as z from "zod/mini";
import { BaseEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";
import { UsageEnv } from "./usage/env.ts";

/**
 * Takes `LoadClassified` and answers `ResourcesDecided`; takes `ResourcesDecided` (its own, when
 * the broker brings it back) and answers `ResourcesSettled`, or keeps it as a proposal until
 * `ApprovalGiven` or `ApprovalDenied`. `ReviewDue` and `RevertDue` end in `ResourcesSettled`, too;
 * `PauseRequested` and `ResumeRequested` are kept. With the strategy cluster-zone it takes
 * `WorkloadFound`, and answers `ResourcesDecided`.
 */
export const Env = z.extend(z.extend(z.extend(BaseEnv, PolicyEnv.shape), UsageEnv.shape), {
  /** ConfigMap of the client's namespace that holds the pauses. Absent: memory only. */
  PAUSES_CONFIGMAP: z.optional(z.string().check(z.minLength(1))),
  /** Set by Kubernetes to the name of the pod: who recorded an event. */
  HOSTNAME: z._default(z.string().check(z.minLength(1)), "resource-patch"),
});
