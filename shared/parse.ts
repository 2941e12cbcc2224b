import type { z } from "zod";

/** zod compiles a schema when it is first used: milliseconds that only pay off over many values. */
const PARSES_BEFORE_COMPILING = 50;
const INTERPRETED = { jitless: true };

const parses = new WeakMap<z.ZodType, number>();

/**
 * `schema.safeParse`, uncompiled at first: a function that wakes for one event and sleeps again
 * never gets back what the compiling took.
 */
export function safeParse<S extends z.ZodType>(
  schema: S,
  value: unknown,
): z.ZodSafeParseResult<z.output<S>> {
  const count = parses.get(schema) ?? 0;
  if (count === PARSES_BEFORE_COMPILING) return schema.safeParse(value);
  parses.set(schema, count + 1);
  return schema.safeParse(value, INTERPRETED);
}
