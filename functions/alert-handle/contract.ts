import { BaseEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";

export const Env = BaseEnv.extend(PolicyEnv.shape);
