import * as z from "zod/mini";

const file = z.optional(z.string().check(z.minLength(1)));

/** What is no URL at all is told as such by the check before. */
const hasNoPassword = (text: string): boolean => {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === "" && password === "";
};

/** Where usage is read from. */
export const UsageEnv = z.object({
  /** `http://host:9090`, a path below it is kept. Absent: history is off. Secrets come as files. */
  PROMETHEUS_URL: z.optional(
    z.url({ protocol: /^https?$/ }).check(
      z.refine(hasNoPassword, {
        error: "must not hold a password: use PROMETHEUS_BASIC_FILE",
      }),
    ),
  ),
  /** A bearer token; read again each minute, since they are rotated. */
  PROMETHEUS_TOKEN_FILE: file,
  /** `user:password`. */
  PROMETHEUS_BASIC_FILE: file,
  /** Certificates in PEM that the server's is checked against, instead of the well-known ones. */
  PROMETHEUS_CA_FILE: file,
  /** For all that one decision asks. An alert does not wait longer than that for advice. */
  PROMETHEUS_TIMEOUT_MS: z._default(
    z.coerce.number().check(z.int(), z.minimum(50), z.maximum(10_000)),
    1000,
  ),
});
export type UsageEnv = z.infer<typeof UsageEnv>;
