import type { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "./span.ts";

let storage: AsyncLocalStorage<Span> | undefined;

/** The work that the caller is part of; undefined outside of any trace. */
export function currentSpan(): Span | undefined {
  return storage?.getStore();
}

/** Runs `work`, and all that it starts, as part of the span. */
export function within<T>(span: Span, work: () => T): T {
  // Not imported: a function that never sees a trace loads nothing for it.
  storage ??= new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)<Span>();
  return storage.run(span, work);
}
