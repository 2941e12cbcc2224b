import type { Policy, Resource } from "../../../shared/policy-schema.ts";
import { rememberedLoad } from "../alert-memory.ts";
import type { Intent } from "../intent.ts";
import type { Heard } from "../judge.ts";
import type { Pod } from "../pod-facts.ts";

/** What the pods of a workload say of their load, all in all. */
export type LastWords = {
  /** The last word of some pod is high. */
  isHigh: boolean;
  /** It is from after the change. */
  isHighSince: boolean;
  /** Some pod has said something since the change. */
  hasNews: boolean;
};

/**
 * From what each pod remembers of its alerts and, of one of them, from what was just heard. A pod that
 * nobody speaks of is not high, but for the one that the change was for: it is until there is news.
 */
export function lastWords(
  pods: readonly Pod[],
  resource: Resource,
  { at, about }: Pick<Intent, "at" | "about">,
  policy: Pick<Policy, "bands">,
  heard: (Heard & { podUid: string }) | null,
): LastWords {
  const isNews = (word: Heard) => Date.parse(word.observedAt) > Date.parse(at);
  const words = pods.flatMap(({ metadata: { uid, annotations } }): Heard[] => {
    const told = heard?.podUid === uid ? heard : null;
    const remembered = rememberedLoad(annotations, resource, policy);
    const [last] = [told, remembered]
      .filter((word) => word !== null)
      .toSorted((a, b) => Date.parse(b.observedAt) - Date.parse(a.observedAt));
    if (last !== undefined) return [last];
    return about?.pod.uid === uid ? [about.load] : [];
  });
  const high = words.filter(({ band }) => band === "high");
  return {
    isHigh: high.length > 0,
    isHighSince: high.some(isNews),
    hasNews: words.some(isNews),
  };
}
