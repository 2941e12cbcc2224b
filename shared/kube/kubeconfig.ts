import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as z from "zod/mini";
import { safeParse } from "../parse.ts";
import { readTextFile } from "../read-text-file.ts";
import { tokenCredentials } from "./in-cluster.ts";
import type { Credentials, Login } from "./login.ts";

const ServerUrl = z.lazy(() => z.url({ protocol: /^https?$/ }));

const Cluster = z.lazy(() =>
  z.strictObject({
    server: ServerUrl,
    "certificate-authority": z.optional(z.string()),
    "certificate-authority-data": z.optional(z.base64()),
    "insecure-skip-tls-verify": z.optional(z.boolean()),
    "tls-server-name": z.optional(z.string()),
    "disable-compression": z.optional(z.boolean()),
    extensions: z.optional(z.unknown()),
  }),
);

const User = z.lazy(() =>
  z.strictObject({
    token: z.optional(z.string()),
    tokenFile: z.optional(z.string()),
    "client-certificate": z.optional(z.string()),
    "client-certificate-data": z.optional(z.base64()),
    "client-key": z.optional(z.string()),
    "client-key-data": z.optional(z.base64()),
    extensions: z.optional(z.unknown()),
  }),
);

/** The plain part of https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
const Kubeconfig = z.lazy(() =>
  z.looseObject({
    "current-context": z.string().check(z.minLength(1)),
    contexts: z.array(
      z.looseObject({
        name: z.string(),
        context: z.looseObject({
          cluster: z.string(),
          user: z.optional(z.string()),
          namespace: z.optional(z.string()),
        }),
      }),
    ),
    clusters: z.array(
      z.looseObject({ name: z.string(), cluster: z.looseObject({ server: ServerUrl }) }),
    ),
    users: z.nullish(z.array(z.looseObject({ name: z.string(), user: z.unknown() }))),
  }),
);

/**
 * The login that the current context of a kubeconfig says, when its user has a token, a token file,
 * a client certificate or nothing; null when it takes more (a plugin, a proxy, impersonation).
 * Names of files are relative to `file`.
 * @throws Error when the context is incomplete, or one of its files is not there.
 */
export function plainLogin(config: unknown, file: string): Login | null {
  const parsed = safeParse(Kubeconfig, config);
  if (!parsed.success) throw new Error(`bad kubeconfig\n${z.prettifyError(parsed.error)}`);
  const { contexts, clusters } = parsed.data;
  const users = parsed.data.users ?? [];
  const wanted = parsed.data["current-context"];
  const context = contexts.find(({ name }) => name === wanted)?.context;
  if (context === undefined) throw new Error(`no context ${JSON.stringify(wanted)}`);
  const found = clusters.find(({ name }) => name === context.cluster);
  if (found === undefined) throw new Error(`no cluster ${JSON.stringify(context.cluster)}`);
  const cluster = Cluster.safeParse(found.cluster);
  const user = User.safeParse(users.find(({ name }) => name === context.user)?.user ?? {});
  if (!cluster.success || !user.success) return null;
  const server = new URL(cluster.data.server);
  if (server.username !== "") return null;
  return {
    server,
    namespace: context.namespace || "default",
    credentials: credentialsOf(user.data, tlsOf(cluster.data, user.data, file), file),
  };
}

function tlsOf(
  cluster: z.infer<typeof Cluster>,
  user: z.infer<typeof User>,
  file: string,
): Credentials["tls"] {
  const ca = pem(cluster["certificate-authority-data"], cluster["certificate-authority"], file);
  const cert = pem(user["client-certificate-data"], user["client-certificate"], file);
  const key = pem(user["client-key-data"], user["client-key"], file);
  const servername = cluster["tls-server-name"];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(cluster["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
  };
}

function credentialsOf(
  user: z.infer<typeof User>,
  tls: Credentials["tls"],
  file: string,
): Login["credentials"] {
  const { tokenFile, token } = user;
  // As kubectl: the file, which is renewed, before the token that was written once.
  if (tokenFile !== undefined) {
    return tokenCredentials(() => readTextFile(resolve(dirname(file), tokenFile)), tls);
  }
  const headers: Credentials["headers"] = token ? { authorization: `Bearer ${token}` } : {};
  return () => Promise.resolve({ headers, tls });
}

function pem(data: string | undefined, name: string | undefined, file: string): Buffer | undefined {
  if (data !== undefined) return Buffer.from(data, "base64");
  return name === undefined ? undefined : readFileSync(resolve(dirname(file), name));
}
