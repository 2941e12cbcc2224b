import { cast } from "./cast.ts";
import { findFunction } from "./functions.ts";
import type { Program } from "./program.ts";
import { fail, fallBack, isFailure, type Value } from "./value.ts";

/** Arguments are worked out and cast one after the other; the first error ends it. */
export function compileCall(name: string, parameters: readonly Program[]): Program {
  const found = findFunction(name, parameters.length);
  if (found === null) {
    const message = `there is no function ${name} of ${parameters.length} arguments`;
    const missing = fail(false, "missingFunction", message);
    return () => missing;
  }
  const { returns, rest, run } = found;
  const typed = parameters.map(
    (program, index) => [program, found.parameters[index] ?? rest ?? "Any"] as const,
  );
  return (event) => {
    const values: Value[] = [];
    for (const [program, type] of typed) {
      const raw = program(event);
      if (isFailure(raw)) return fallBack(raw, returns);
      const value = cast(raw, type);
      if (isFailure(value)) return fallBack(value, returns);
      values.push(value);
    }
    return run(values);
  };
}
