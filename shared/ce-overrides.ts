import * as z from "zod/mini";
import { ATTRIBUTE_NAME, CORE_ATTRIBUTES, isAttributeText } from "./attribute.ts";

const isExtensionName = (name: string) => ATTRIBUTE_NAME.test(name.toLowerCase());
/** An override may only add or replace extensions. */
const isExtension = (name: string) =>
  name.toLowerCase() !== "data" && !CORE_ATTRIBUTES.has(name.toLowerCase());

const Overrides = z.lazy(() =>
  z.object({
    extensions: z._default(
      z.record(
        z
          .string()
          .check(
            z.refine(isExtensionName, "extension names are letters and digits"),
            z.refine(isExtension, "only extensions can be overridden"),
          ),
        z.string().check(z.refine(isAttributeText, "has control characters")),
      ),
      {},
    ),
  }),
);

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
  if (result.success) {
    const extensions = Object.entries(result.data.extensions);
    return Object.fromEntries(extensions.map(([name, value]) => [name.toLowerCase(), value]));
  }
  throw new Error(`invalid K_CE_OVERRIDES\n${z.prettifyError(result.error)}`);
}
