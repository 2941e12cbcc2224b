import * as z from "zod/mini";
import { isValidLabelKey, isValidLabelValue } from "./kube/path.ts";
import { ClassPolicy } from "./policy-class.ts";
import { type Action, Band, Resource, SlaClass } from "./policy-words.ts";

export { Band, Resource, SlaClass };

const percent = z.number().check(z.gt(0), z.lt(100));

export const Bands = z.lazy(() =>
  z
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
    ),
);

/**
 * How sizes are found. `usage`: by what is measured. `cluster-zone`: by how full the whole cluster
 * is of limits, as the original demo did. `vpa`: those a VerticalPodAutoscaler of mode Off
 * recommends. `recommend-only`: as `usage`, and whatever the class says nothing is written.
 */
export const Strategy = z.enum(["usage", "cluster-zone", "vpa", "recommend-only"], {
  error: "must be usage, cluster-zone, vpa or recommend-only",
});
export type Strategy = z.infer<typeof Strategy>;

/** What a strategy does; without any of it the strategy can do nothing. */
const NEEDED_ACTIONS: Readonly<Record<Strategy, readonly Action[]>> = {
  usage: [],
  "recommend-only": [],
  "cluster-zone": ["patch-owner"],
  vpa: ["resize", "patch-owner"],
};

/** They are counted in one ConfigMap, which holds 1 MiB: some 100 bytes each, and as much to spare. */
const MOST_CHANGES_PER_HOUR = 5_000;

const fields = () => ({
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
  strategy: Strategy,
  /** Nothing is done to anything while this is true; decisions are recorded with that reason. */
  paused: z.boolean(),
  /** Of all workloads together, so that a fault of ours cannot change a whole cluster. */
  changesPerHour: z.int().check(z.minimum(0), z.maximum(MOST_CHANGES_PER_HOUR)),
  classes: z.strictObject({ gold: ClassPolicy, silver: ClassPolicy, bronze: ClassPolicy }),
});

const ForTargets = z.lazy(() => z.object({ bands: Bands, classes: fields().classes }));
const ForStrategy = z.lazy(() => z.object({ strategy: Strategy, classes: fields().classes }));

/** What policy.yaml may say: every field is needed, and none else is taken. */
export const Policy = z.lazy(() =>
  z.strictObject(fields()).check(
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
    z.superRefine<z.infer<typeof ForStrategy>>(
      ({ strategy, classes }, context) => {
        const needed = NEEDED_ACTIONS[strategy];
        const isAllowed = ({ allowedActions }: ClassPolicy) =>
          needed.some((action) => allowedActions.includes(action));
        if (needed.length === 0 || Object.values(classes).some(isAllowed)) return;
        context.addIssue({
          code: "custom",
          path: ["strategy"],
          message: `${strategy} does nothing here: no class has ${needed.join(" or ")} among its allowedActions`,
        });
      },
      { when: ({ value }) => ForStrategy.safeParse(value).success },
    ),
  ),
);
export type Policy = z.infer<typeof Policy>;
