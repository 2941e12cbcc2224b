import { join } from "node:path";

/** Images of Knative's own samples that a program of this folder does the work of. */
const STAND_INS: readonly [image: RegExp, program: string][] = [
  [imageOf("event_display"), "event-display.ts"],
  [imageOf("heartbeats"), "heartbeats.ts"],
];

/** Of eventing, eventing-contrib and eventing-sources; a tag or a digest behind it. */
function imageOf(program: string): RegExp {
  return new RegExp(`(^|/)cmd/${program}(:[\\w.-]+)?(@[a-z0-9]+:[0-9a-f]+)?$`);
}

/** What is started for an image that nobody has said a command for; null for any other image. */
export function standInFor(image: string): [string, string] | null {
  const found = STAND_INS.find(([pattern]) => pattern.test(image));
  if (found === undefined) return null;
  return [process.execPath, join(import.meta.dirname, "../stand-ins", found[1])];
}
