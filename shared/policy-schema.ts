import * as z from "zod/mini";
import { isValidLabelKey, isValidLabelValue } from "./kube/path.ts";

/** Load bands, from the lowest up. */
export const Band = z.enum(["low", "moderate", "high"]);
export type Band = z.infer<typeof Band>;

/** The resources of a container that can be resized. */
export const Resource = z.enum(["cpu", "memory"]);
export type Resource = z.infer<typeof Resource>;

export const SlaClass = z.enum(["gold", "silver", "bronze"]);
export type SlaClass = z.infer<typeof SlaClass>;

const percent = z.number().check(z.gt(0), z.lt(100));

const Bands = z
  .strictObject({
    /** From here up a load is moderate, in percent of the limit. */
    moderatePercent: percent,
    /** From here up it is high. */
    highPercent: percent,
    /** A load this near to a border stays on the side it came from. */
    hysteresisPercent: z.number().check(z.minimum(0), z.maximum(20)),
  })
  .check(
    z.refine(({ moderatePercent, highPercent }) => moderatePercent < highPercent, {
      path: ["highPercent"],
      error: "must be above moderatePercent",
    }),
  );

/** How a container's share of one resource grows. */
const growth = {
  /** Usage over limit to aim for. */
  targetUtilizationRatio: z.number().check(z.minimum(0.05), z.maximum(0.95)),
  /** The most that one step multiplies by. */
  maxStepUpRatio: z.number().check(z.gt(1), z.maximum(10)),
};

/** Bounds hold for the limit (for the request where there is no limit) of each container. */
const CpuPolicy = z
  .strictObject({
    ...growth,
    minMillis: z.int().check(z.minimum(1)),
    maxMillis: z.int().check(z.maximum(1_000_000)),
  })
  .check(
    z.refine(({ minMillis, maxMillis }) => minMillis <= maxMillis, {
      path: ["maxMillis"],
      error: "must not be below minMillis",
    }),
  );

const MemoryPolicy = z
  .strictObject({
    ...growth,
    minMebibytes: z.int().check(z.minimum(1)),
    maxMebibytes: z.int().check(z.maximum(64 * 1024 * 1024)),
  })
  .check(
    z.refine(({ minMebibytes, maxMebibytes }) => minMebibytes <= maxMebibytes, {
      path: ["maxMebibytes"],
      error: "must not be below minMebibytes",
    }),
  );

/** What was agreed for the workloads of one class. */
export const ClassPolicy = z.strictObject({
  /** `recommend`: decisions are recorded, nothing is written. `auto`: they are carried out. */
  mode: z.enum(["recommend", "auto"], {
    error: ({ input }) =>
      input === "approve"
        ? "approve is not built yet; use recommend or auto"
        : "must be recommend or auto",
  }),
  /** Least time between two resizes of a pod. */
  cooldownSeconds: z.int().check(z.minimum(0), z.maximum(86_400)),
  cpu: CpuPolicy,
  memory: MemoryPolicy,
});
export type ClassPolicy = z.infer<typeof ClassPolicy>;

const NOT_BUILT_STRATEGIES: readonly unknown[] = ["cluster-zone", "vpa", "recommend-only"];

const fields = {
  bands: Bands,
  /** Which labels say the load: `vigie.dev/load`, or those of the original work. */
  preset: z.enum(["load", "status", "r-s"]),
  /** Any of these labels, on pod or workload, opts in to resizing. */
  optIn: z
    .array(
      z.strictObject({
        label: z.string().check(z.refine(isValidLabelKey, "is no label key")),
        value: z.string().check(z.refine(isValidLabelValue, "is no label value")),
      }),
    )
    .check(z.maxLength(20)),
  /** Names of namespaces; a trailing `*` stands for whatever follows. */
  protectedNamespaces: z
    .array(
      z
        .string()
        .check(z.regex(/^[-a-z0-9]{1,63}\*?$/, "is no namespace, nor the start of one with *")),
    )
    .check(z.maxLength(200)),
  /** Of whoever has no class of their own. */
  defaultSlaClass: SlaClass,
  /** How sizes are found. */
  strategy: z.literal("usage", {
    error: ({ input }) =>
      NOT_BUILT_STRATEGIES.includes(input)
        ? `${String(input)} is not built yet; use usage`
        : "must be usage",
  }),
  classes: z.strictObject({ gold: ClassPolicy, silver: ClassPolicy, bronze: ClassPolicy }),
};

const ForTargets = z.object({ bands: Bands, classes: fields.classes });

/** What policy.yaml may say: every field is needed, and none else is taken. */
export const Policy = z.strictObject(fields).check(
  z.superRefine<z.infer<typeof ForTargets>>(
    ({ bands, classes }, context) => {
      const borderPercent = bands.highPercent - bands.hysteresisPercent;
      for (const name of SlaClass.options) {
        for (const resource of Resource.options) {
          const { targetUtilizationRatio } = classes[name][resource];
          if (targetUtilizationRatio * 100 < borderPercent) continue;
          context.addIssue({
            code: "custom",
            path: ["classes", name, resource, "targetUtilizationRatio"],
            message: `must be below ${borderPercent / 100}: a resized pod has to leave the band high`,
          });
        }
      }
    },
    { when: ({ value }) => ForTargets.safeParse(value).success },
  ),
);
export type Policy = z.infer<typeof Policy>;
