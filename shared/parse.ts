import { en } from "zod/locales";
import * as z from "zod/mini";

/** zod compiles a schema when it is first used: milliseconds that only pay off over many values. */
const PARSES_BEFORE_COMPILING = 50;
const INTERPRETED = { jitless: true };

// zod/mini leaves out the messages; everything that parses comes by here.
z.config(en());

const parses = new WeakMap<z.ZodMiniType, number>();

/**
 * `schema.safeParse`, uncompiled at first: a function that wakes for one event and sleeps again
 * never gets back what the compiling took.
 */
export function safeParse<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
): z.core.util.SafeParseResult<z.output<S>> {
  const count = parses.get(schema) ?? 0;
  if (count === PARSES_BEFORE_COMPILING) return schema.safeParse(value);
  parses.set(schema, count + 1);
  return schema.safeParse(value, INTERPRETED);
}
