import type { CesqlEvent } from "./attribute.ts";
import type { Result } from "./value.ts";

/** An expression ready to run. The first error ends it; strings are bytes. */
export type Program = (event: CesqlEvent) => Result;
