import { createCounter } from "../../shared/instruments.ts";
import type { Failure } from "./contract.ts";

/** `status`: of the last try. Not the code that the subscriber gave: anyone may post one. */
const deadLetters = createCounter({
  name: "vigie_dead_letters_total",
  help: "Events that could not be delivered, by the kind of answer that the last try had.",
  labelNames: ["status"],
});

export const metrics = { instruments: [deadLetters] };

export function countDeadLetter(failure: Failure | null): void {
  const status = failure?.status ?? null;
  const isError = status !== null && status >= 400 && status < 600;
  deadLetters.add({ status: isError ? `${Math.floor(status / 100)}xx` : "unknown" });
}
