import { z } from "zod";
import { ATTRIBUTE_NAME, isAttributeText } from "./attribute.ts";

/** Attributes of the event itself: an override may only add or replace extensions. */
const CORE = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "dataschema",
  "datacontenttype",
  "data",
]);

const Overrides = z.object({
  extensions: z
    .record(
      z
        .string()
        .transform((name) => name.toLowerCase())
        .refine((name) => ATTRIBUTE_NAME.test(name), "extension names are letters and digits")
        .refine((name) => !CORE.has(name), "only extensions can be overridden"),
      z.string().refine(isAttributeText, "has control characters"),
    )
    .default({}),
});

/**
 * The extensions of K_CE_OVERRIDES, `{"extensions":{…}}`; names in lower case, as sdk-go makes them.
 * @throws Error that lists every fault.
 */
export function parseCeOverrides(text: string): Readonly<Record<string, string>> {
  if (text === "") return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error("K_CE_OVERRIDES is not valid JSON", { cause });
  }
  const result = Overrides.safeParse(json);
  if (result.success) return result.data.extensions;
  throw new Error(`invalid K_CE_OVERRIDES\n${z.prettifyError(result.error)}`);
}
