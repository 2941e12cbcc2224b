import { z } from "zod";
import { safeParse } from "./parse.ts";

/** Settings every function reads. Extend it in the function's own contract. */
export const BaseEnv = z.object({
  /** TCP port Knative tells us to listen on. 0 takes a free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info"),
  /** Name of the Knative Service this process belongs to; the function's own name when alone. */
  K_SERVICE: z.string().min(1).optional(),
});
export type BaseEnv = z.infer<typeof BaseEnv>;

/** What a SinkBinding injects. For functions that send events by themselves, without being asked. */
export const SinkEnv = z.object({
  /** Where events go. */
  K_SINK: z.url({ protocol: /^https?$/ }),
  /** `{"extensions":{…}}`, to be set on every event sent. Knative injects "" when there is none. */
  K_CE_OVERRIDES: z.string().default(""),
});
export type SinkEnv = z.infer<typeof SinkEnv>;

/** Parses `env` once at start-up. Throws one readable error that lists every bad variable. */
export function readEnv<S extends z.ZodType>(
  schema: S,
  env: NodeJS.ProcessEnv = process.env,
): z.output<S> {
  const result = safeParse(schema, env);
  if (result.success) return result.data;
  throw new Error(`invalid environment\n${z.prettifyError(result.error)}`);
}
