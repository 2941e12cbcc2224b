import { z } from "zod";
import type { ServingDefaults } from "./config/serving-defaults.ts";
import { Container } from "./container.ts";
import { ServiceAccountName } from "./metadata.ts";
import { allowOnly, POD_FLAGS, VOLUME_FLAGS } from "./pod-gate.ts";

const Item = z.strictObject({
  key: z.string().min(1),
  path: z
    .string()
    .min(1)
    .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), {
      message: "must stay below the mount path",
    }),
  mode: z.int().optional(),
});
const Items = {
  items: z.array(Item).optional(),
  defaultMode: z.int().min(0).max(0o777).optional(),
  optional: z.boolean().default(false),
};

export const ConfigMapVolume = z.strictObject({ name: z.string().min(1), ...Items });
export const SecretVolume = z.strictObject({ secretName: z.string().min(1), ...Items });
const QUANTITY = /^[-+]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?$/;
export const EmptyDir = z.strictObject({
  medium: z.enum(["", "Memory"], "must be Memory, or nothing").optional(),
  sizeLimit: z
    .union([z.number(), z.string().regex(QUANTITY, "is not a quantity such as 64Mi")])
    .refine((size) => !String(size).startsWith("-"), "must not be less than 0")
    .optional(),
});

const Volume = allowOnly(
  {
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be lower-case letters, digits and -"),
    configMap: ConfigMapVolume.optional(),
    secret: SecretVolume.optional(),
    emptyDir: EmptyDir.optional(),
    projected: z.undefined("projected volumes are not run locally yet").optional(),
  },
  VOLUME_FLAGS,
).refine(
  ({ configMap, secret, emptyDir }) =>
    [configMap, secret, emptyDir].filter((source) => source !== undefined).length === 1,
  { message: "needs exactly one of configMap, secret and emptyDir" },
);

/** What Serving takes of a pod without a feature flag. */
export function podSpec(defaults: ServingDefaults) {
  const { maxTimeoutSeconds, maxContainerConcurrency, isConcurrencyZeroAllowed } = defaults;
  const limit = z.int().min(0).max(maxTimeoutSeconds);
  const least = isConcurrencyZeroAllowed ? 0 : 1;
  return allowOnly(
    {
      containers: z
        .array(Container)
        .min(1, "needs a container")
        .max(1, "more than one container is not run locally yet"),
      volumes: z.array(Volume).default([]),
      serviceAccountName: ServiceAccountName,
      imagePullSecrets: z.array(z.strictObject({ name: z.string() })).optional(),
      enableServiceLinks: z.boolean().optional(),
      automountServiceAccountToken: z.literal(false, "may only be false").optional(),
      containerConcurrency: z
        .int()
        .min(least)
        .max(maxContainerConcurrency)
        .prefault(defaults.containerConcurrency),
      timeoutSeconds: limit.default(0).transform((seconds) => seconds || defaults.timeoutSeconds),
      responseStartTimeoutSeconds: limit
        .optional()
        .transform((seconds) => seconds ?? defaults.responseStartTimeoutSeconds ?? undefined),
      idleTimeoutSeconds: limit
        .optional()
        .transform((seconds) => seconds ?? defaults.idleTimeoutSeconds ?? undefined),
      loadBalancingPolicy: z.undefined("is not run locally yet").optional(),
    },
    POD_FLAGS,
  ).superRefine(({ containers, volumes }, context) => {
    const mounted = new Set(containers.flatMap((one) => one.volumeMounts.map(({ name }) => name)));
    const declared = new Set(volumes.map(({ name }) => name));
    volumes.forEach(({ name }, index) => {
      if (volumes.findIndex((one) => one.name === name) < index) {
        const message = `there is another volume ${name}`;
        context.addIssue({ code: "custom", path: ["volumes", index, "name"], message });
      }
      if (mounted.has(name)) return;
      context.addIssue({
        code: "custom",
        path: ["volumes", index],
        message: `${name} is not mounted`,
      });
    });
    containers.forEach(({ volumeMounts }, container) => {
      volumeMounts.forEach(({ name }, index) => {
        if (declared.has(name)) return;
        const path = ["containers", container, "volumeMounts", index, "name"];
        context.addIssue({ code: "custom", path, message: `there is no volume ${name}` });
      });
    });
  });
}
export type PodSpec = z.output<ReturnType<typeof podSpec>>;
