import { z } from "zod";

/** One entry of a trigger's `filters`. CESQL is refused when it is read, and so not part of it. */
export type FilterSpec = {
  exact?: Record<string, string> | undefined;
  prefix?: Record<string, string> | undefined;
  suffix?: Record<string, string> | undefined;
  all?: FilterSpec[] | undefined;
  any?: FilterSpec[] | undefined;
  not?: FilterSpec | undefined;
  cesql?: "" | undefined;
};

/** `E:pkg/apis/eventing/v1/trigger_validation.go` */
export const AttributeMap = z.record(
  z
    .string()
    .regex(/^[a-z][a-z0-9]*$/, "attribute names are lower-case letters and digits, a letter first"),
  z.string(),
);

const DIALECTS = ["exact", "prefix", "suffix", "all", "any", "not", "cesql"] as const;

/** An unknown dialect is refused: on a cluster it is ignored, and the trigger takes everything. */
export const FilterEntry: z.ZodType<FilterSpec, FilterSpec> = z.lazy(() =>
  z
    .strictObject({
      exact: AttributeMap.optional(),
      prefix: AttributeMap.optional(),
      suffix: AttributeMap.optional(),
      all: z.array(FilterEntry).optional(),
      any: z.array(FilterEntry).optional(),
      not: FilterEntry.optional(),
      cesql: z.literal("", "CESQL filters are not run locally yet").optional(),
    })
    .refine((entry) => DIALECTS.filter((dialect) => isUsed(entry[dialect])).length < 2, {
      message: "has more than one dialect: put each into an entry of its own",
    }),
);

function isUsed(value: unknown): boolean {
  if (value === undefined || value === "") return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
