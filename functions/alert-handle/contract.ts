import * as z from "zod/mini";
import { BaseEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";

export const Env = z.extend(BaseEnv, PolicyEnv.shape);
