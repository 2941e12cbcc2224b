import { en } from "zod/locales";
import * as z from "zod/mini";

/** zod compiles a schema when it is first used: milliseconds that only pay off over many values. */
const PARSES_BEFORE_COMPILING = 50;
const INTERPRETED = { jitless: true };

// zod/mini leaves out the messages; everything that parses comes by here.
z.config(en());

const parsers = new WeakMap<z.ZodMiniType, (value: unknown) => unknown>();

/** What checks a value: see `parserOf`. */
export type Parser<S extends z.ZodMiniType> = (
  value: unknown,
) => z.core.util.SafeParseResult<z.output<S>>;

/**
 * `schema.safeParse`, uncompiled at first: a function that wakes for one event and sleeps again
 * never gets back what the compiling took.
 */
export function parserOf<S extends z.ZodMiniType>(schema: S): Parser<S> {
  let left = PARSES_BEFORE_COMPILING;
  return (value) => {
    if (left === 0) return schema.safeParse(value);
    left -= 1;
    return schema.safeParse(value, INTERPRETED);
  };
}

/** The same for a schema that is met here and there: one count for all of them. */
export function safeParse<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
): z.core.util.SafeParseResult<z.output<S>> {
  let parse = parsers.get(schema) as Parser<S> | undefined;
  if (parse === undefined) parsers.set(schema, (parse = parserOf(schema)));
  return parse(value);
}
