import { z } from "zod";
import { BaseEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";

/**
 * Takes `LoadClassified` and answers `ResourcesDecided`; takes `ResourcesDecided` (its own, when
 * the broker brings it back) and answers `ResourcesSettled`.
 */
export const Env = BaseEnv.extend(PolicyEnv.shape).extend({
  /** Set by Kubernetes to the name of the pod: who recorded an event. */
  HOSTNAME: z.string().min(1).default("resource-patch"),
});
