import type { Delivery, Refusal, Unmatched } from "./broker/delivery.ts";
import type { ServiceEvent } from "./serving/revision.ts";

export type Door = { name: string; url: string };

/** Everything the runtime tells: a line of text, or with --json an object with `kind`. */
export type Output = {
  ready: (doors: readonly Door[], tookMs: number) => void;
  delivery: (delivery: Delivery) => void;
  refused: (refusal: Refusal) => void;
  unmatched: (unmatched: Unmatched) => void;
  service: (event: ServiceEvent) => void;
  note: (message: string) => void;
};
