import type { Wiring } from "../manifests/wiring.ts";
import { dependentsOf, type Unready, unreadyText } from "../unready.ts";
import { shortened } from "./shortened.ts";

/** What is told when a wiring replaces another: what waits since then, and what does no more. Pure. */
export function waitingTexts(
  before: readonly Unready[],
  after: readonly Unready[],
  wiring: Wiring,
): readonly string[] {
  const told = new Set(before.map(unreadyText));
  const waits = after
    .filter((one) => !told.has(unreadyText(one)))
    .map((one) => `${one.object.file}:${one.object.line}: ${unreadyText(one)}`);
  const still = new Set(after.map(keyOf));
  const here = new Set(dependentsOf(wiring).map(keyOf));
  const ready = before
    .filter((one) => !still.has(keyOf(one)) && here.has(keyOf(one)))
    .map(({ kind, object }) => `${kind} ${object.name} is ready now`);
  return shortened([...waits, ...ready]);
}

function keyOf({ kind, object }: Pick<Unready, "kind" | "object">): string {
  return `${kind}/${object.namespace}/${object.name}`;
}
