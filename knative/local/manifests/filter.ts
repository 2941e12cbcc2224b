import { z } from "zod";
import { callsIn } from "../cesql/calls.ts";
import { CesqlSyntaxError, parse } from "../cesql/parse.ts";

/** One entry of a trigger's `filters`. Its CESQL parses; `""` is as none. */
export type FilterSpec = {
  exact?: Record<string, string> | undefined;
  prefix?: Record<string, string> | undefined;
  suffix?: Record<string, string> | undefined;
  all?: FilterSpec[] | undefined;
  any?: FilterSpec[] | undefined;
  not?: FilterSpec | undefined;
  cesql?: string | undefined;
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
      cesql: z.string().check(cesqlFaults).optional(),
    })
    .refine((entry) => DIALECTS.filter((dialect) => isUsed(entry[dialect])).length < 2, {
      message: "has more than one dialect: put each into an entry of its own",
    }),
);

/** Knative's own function reads secrets of a RequestReply, a kind that is not run locally. */
const REFUSED_FUNCTION = "KN_VERIFY_CORRELATION_ID";

function cesqlFaults({ value, issues }: z.core.ParsePayload<string>): void {
  if (value === "") return;
  const message = faultOfCesql(value);
  if (message !== null) issues.push({ code: "custom", input: value, message });
}

function faultOfCesql(text: string): string | null {
  try {
    const isRefused = callsIn(parse(text)).some(({ name }) => name === REFUSED_FUNCTION);
    return isRefused ? `${REFUSED_FUNCTION} needs a RequestReply, which is not run locally` : null;
  } catch (error) {
    if (error instanceof CesqlSyntaxError) return `is not CESQL: ${error.message}`;
    throw error;
  }
}

function isUsed(value: unknown): boolean {
  if (value === undefined || value === "") return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
