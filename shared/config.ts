import * as z from "zod/mini";
import { safeParse } from "./parse.ts";

/** Settings every function reads. Extend it in the function's own contract. */
export const BaseEnv = z.object({
  /** TCP port Knative tells us to listen on. 0 takes a free one. */
  PORT: z._default(z.coerce.number().check(z.int(), z.minimum(0)).check(z.maximum(65_535)), 8080),
  /** Address to listen on. Absent: every interface, as a container must. */
  HOST: z.optional(z.string().check(z.minLength(1))),
  LOG_LEVEL: z._default(z.enum(["trace", "debug", "info", "warn", "error", "fatal"]), "info"),
  /** Name of the Knative Service this process belongs to; the function's own name when alone. */
  K_SERVICE: z.optional(z.string().check(z.minLength(1))),
});
export type BaseEnv = z.infer<typeof BaseEnv>;

/** What a SinkBinding injects. For functions that send events by themselves, without being asked. */
export const SinkEnv = z.object({
  /** Where events go. */
  K_SINK: z.url({ protocol: /^https?$/ }),
  /** `{"extensions":{…}}`, to be set on every event sent. Knative injects "" when there is none. */
  K_CE_OVERRIDES: z._default(z.string(), ""),
  /** PEM of whom the sink's certificate is from. Only with Eventing's transport-encryption. */
  K_CA_CERTS: z.optional(z.string().check(z.minLength(1))),
});
export type SinkEnv = z.infer<typeof SinkEnv>;

/** For functions that talk to the Kubernetes API. */
export const KubeEnv = z.object({
  /** For one request with all its tries. Well below the 30 s that the broker gives a delivery. */
  KUBE_TIMEOUT_MS: z._default(
    z.coerce.number().check(z.int(), z.minimum(100), z.maximum(25_000)),
    10_000,
  ),
});

/** Parses `env` once at start-up. Throws one readable error that lists every bad variable. */
export function readEnv<S extends z.ZodMiniType>(
  schema: S,
  env: NodeJS.ProcessEnv = process.env,
): z.output<S> {
  const result = safeParse(schema, env);
  if (result.success) return result.data;
  throw new Error(`invalid environment\n${z.prettifyError(result.error)}`);
}
