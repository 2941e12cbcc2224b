import * as z from "zod/mini";
import { BaseEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";
import { UsageEnv } from "./usage/env.ts";

/**
 * Takes `LoadClassified` and answers `ResourcesDecided`; takes `ResourcesDecided` (its own, when
 * the broker brings it back) and answers `ResourcesSettled`; takes that one, too, and answers how it
 * went on, or what is decided because of it.
 */
export const Env = z.extend(z.extend(z.extend(BaseEnv, PolicyEnv.shape), UsageEnv.shape), {
  /**
   * ConfigMap of the client's namespace that counts the changes of the last hour. Absent: nobody
   * counts, and only sizes of running pods are changed.
   */
  CHANGES_CONFIGMAP: z.optional(z.string().check(z.minLength(1))),
  /** Set by Kubernetes to the name of the pod: who recorded an event. */
  HOSTNAME: z._default(z.string().check(z.minLength(1)), "resource-patch"),
});
