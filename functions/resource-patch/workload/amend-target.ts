import { TransientError } from "../../../shared/errors.ts";
import { type Intent, readIntentAt, type Settled } from "../intent.ts";
import type { Site } from "./site.ts";
import { readTarget, type Target } from "./target.ts";
import { writeNote } from "./write-target.ts";

/** Controllers write the status of a workload all the time. */
export const MAX_ATTEMPTS = 8;

/** What an intent becomes, with what else is written with it; null when there is nothing to write. */
type Amend = (known: Intent) => {
  intent: Intent;
  annotations?: Readonly<Record<string, string | null>>;
} | null;

/**
 * Writes the intent of a workload or a claim anew, whatever else happens to it meanwhile.
 * @returns the intent that stands then, and the object; null when that has gone, or has another one.
 */
export async function amendTarget(
  site: Site,
  target: Target,
  { key, id }: { key: string; id: string },
  amend: Amend,
): Promise<{ target: Target; intent: Intent } | null> {
  let current: Target | null = target;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (current === null || current.metadata.uid !== target.metadata.uid) return null;
    const known = readIntentAt(current.metadata.annotations, key);
    if (known?.id !== id) return null;
    const wanted = amend(known);
    if (wanted === null) return { target: current, intent: known };
    const { intent, annotations } = wanted;
    const written = await writeNote(site, current, key, intent, annotations);
    if (written.kind === "written") return { target: written.target, intent };
    if (written.kind === "refused") throw new TransientError("NOT_NOTED", written.reason);
    current = await readTarget(site.kube, site.path);
  }
  throw new TransientError("OBJECT_BUSY", "the object was changed by others all the time");
}

/**
 * Writes how an intent ended that nobody has settled. When somebody has before us, theirs stands.
 * @returns how it ended; with a cause when another event has ended it, which has told so.
 */
export async function settleTarget(
  site: Site,
  target: Target,
  { key, id }: { key: string; id: string },
  settled: Settled,
): Promise<Settled> {
  const written = await amendTarget(site, target, { key, id }, (known) =>
    known.settled === null && known.closed === undefined && known.takingBack === undefined
      ? { intent: { ...known, settled } }
      : null,
  );
  if (written === null) return settled;
  const { closed, takingBack, settled: known } = written.intent;
  return closed ?? takingBack ?? known ?? settled;
}
