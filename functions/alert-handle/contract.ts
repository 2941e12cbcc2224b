import * as z from "zod/mini";
import { BaseEnv, KubeEnv } from "../../shared/config.ts";
import { PolicyEnv } from "../../shared/policy.ts";

export const Env = z.extend(z.extend(BaseEnv, PolicyEnv.shape), KubeEnv.shape);
