import type { Weights } from "../../../shared/policy-class.ts";
import { Criterion } from "../../../shared/policy-words.ts";
import { IDEALS } from "./criteria.ts";

/**
 * How near something is to the ideal, against how far from its opposite: 0 to 1. TOPSIS (Hwang and
 * Yoon 1981), with two of its known faults taken out.
 *
 * Both points are fixed, where the textbook takes the best and worst of those at hand: so what one
 * alternative scores does not depend on the others, and none that comes or goes can turn the order
 * of two around (García-Cascales and Lamata 2012).
 *
 * Distances are city-block, where the textbook's are Euclidean: so a difference in one criterion
 * counts the same wherever the others stand, and a step that is worth its price at some load is
 * worth it at every load above. It also makes a closeness the sum of what each criterion gives.
 */
export function closeness(criteria: Record<Criterion, number>, weights: Weights): number {
  let toIdeal = 0;
  let toOpposite = 0;
  for (const name of Criterion.options) {
    const off = Math.abs(IDEALS[name] - criteria[name]);
    toIdeal += weights[name] * off;
    toOpposite += weights[name] * (1 - off);
  }
  // Together they are the sum of the weights, which the schema wants above 0.
  return Math.round((toOpposite / (toIdeal + toOpposite)) * 1e6) / 1e6;
}
