import * as z from "zod";

/**
 * What skaffold takes of a skaffold.yaml of version v4beta13, told in our own words from its published
 * JSON schema and the structures it reads into: the definitions that we use, each with the fields that
 * we use. A field that is not here is refused, be it one of skaffold's that nobody has looked up yet.
 * https://skaffold.dev/docs/references/yaml/?version=v4beta13
 */
const text = z.string().min(1);
const words = z.array(text).min(1);
/** `HostHook`: run in the folder that skaffold was started in, without a shell. */
const hostHook = z.strictObject({
  command: words,
  os: z.array(z.enum(["linux", "darwin", "windows"])).optional(),
  dir: text.optional(),
});
/** Of the kinds of an artifact (bazel, jib, ko, …) one is allowed, and this is ours. */
const artifact = z.strictObject({
  image: text,
  context: text.optional(),
  docker: z.strictObject({
    dockerfile: text.optional(),
    target: text.optional(),
    buildArgs: z.record(text, z.string()).optional(),
  }),
  hooks: z
    .strictObject({ before: z.array(hostHook).optional(), after: z.array(hostHook).optional() })
    .optional(),
});
const build = z.strictObject({
  artifacts: z.array(artifact).optional(),
  /** One of `local`, `googleCloudBuild`, `cluster`. */
  local: z
    .strictObject({ push: z.boolean().optional(), useBuildkit: z.boolean().optional() })
    .optional(),
  /** One of six ways to name a tag. */
  tagPolicy: z.strictObject({ inputDigest: z.strictObject({}) }).optional(),
});
const verifyTestCase = z.strictObject({
  name: text,
  /** Seconds. */
  timeout: z.int().positive().optional(),
  container: z.strictObject({
    name: text,
    image: text,
    command: words.optional(),
    args: words.optional(),
    env: z.array(z.strictObject({ name: text, value: z.string().optional() })).optional(),
  }),
  executionMode: z
    .strictObject({
      kubernetesCluster: z.strictObject({
        overrides: text.optional(),
        jobManifestPath: text.optional(),
      }),
    })
    .optional(),
});
const portForwardResource = z.strictObject({
  resourceType: z.enum([
    "service",
    "pod",
    "deployment",
    "replicaset",
    "statefulset",
    "daemonset",
    "job",
    "cronjob",
  ]),
  resourceName: text,
  namespace: text.optional(),
  port: z.union([z.int().positive(), text]),
  address: text.optional(),
  localPort: z.int().positive().optional(),
});
/** `Pipeline`: what a configuration has, and what a profile may replace of it. */
const pipeline = {
  build: build.optional(),
  manifests: z
    .strictObject({
      kustomize: z.strictObject({ paths: words, buildArgs: words.optional() }).optional(),
    })
    .optional(),
  deploy: z
    .strictObject({ kubeContext: text.optional(), kubectl: z.strictObject({}).optional() })
    .optional(),
  portForward: z.array(portForwardResource).optional(),
  verify: z.array(verifyTestCase).optional(),
};
const jsonPatch = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.enum(["add", "replace", "test"]),
    path: z.templateLiteral(["/", text]),
    value: z.unknown(),
  }),
  z.strictObject({ op: z.literal("remove"), path: z.templateLiteral(["/", text]) }),
]);
const profile = z.strictObject({ name: text, patches: z.array(jsonPatch).optional(), ...pipeline });

export const SkaffoldConfig = z.strictObject({
  apiVersion: z.literal("skaffold/v4beta13"),
  kind: z.literal("Config"),
  metadata: z.strictObject({ name: text.optional() }).optional(),
  ...pipeline,
  profiles: z.array(profile).optional(),
});
export type SkaffoldConfig = z.infer<typeof SkaffoldConfig>;
