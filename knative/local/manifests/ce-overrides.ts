import { z } from "zod";
import { CORE_ATTRIBUTES } from "../../../shared/attribute.ts";

/** Extensions that a source adds or overwrites. Core attributes can't be overridden. */
export const CeOverrides = z.strictObject({
  extensions: z
    .record(
      z.string().regex(/^[A-Za-z0-9]+$/, "extension names are letters and digits"),
      z.string(),
    )
    .default({}),
});

/** Whether a lower-case name is of CloudEvents itself, and so out of reach of overrides. */
export const isCoreAttribute = (name: string): boolean => CORE_ATTRIBUTES.has(name);

/** With lower-case names, as the SDK writes them, and without core attributes. */
export function toExtensions(
  overrides: z.output<typeof CeOverrides> | undefined,
): Readonly<Record<string, string>> {
  const entries = Object.entries(overrides?.extensions ?? {});
  return Object.fromEntries(
    entries
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .filter(([name]) => !isCoreAttribute(name)),
  );
}
