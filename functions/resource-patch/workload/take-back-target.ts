import { TransientError } from "../../../shared/errors.ts";
import type { Outcome } from "../../../shared/function.ts";
import { backOffAfter } from "../back-off.ts";
import type { Change } from "../change.ts";
import type { Context } from "../context.ts";
import { describeAlternative } from "../describe.ts";
import type { Intent, Settled } from "../intent.ts";
import { recordSettled } from "../record-settled.ts";
import { reversed } from "../standing.ts";
import { amendTarget, MAX_ATTEMPTS } from "./amend-target.ts";
import { awaitProgress } from "./await-progress.ts";
import { isThere } from "./is-there.ts";
import { regarding, type Site } from "./site.ts";
import { readTarget, type Target } from "./target.ts";
import { laterOutcomeOf } from "./target-ending.ts";
import { keyOf, writeScale, writeTemplate } from "./write-target.ts";

type TakingBack = NonNullable<Intent["takingBack"]>;

/**
 * Puts exactly the old template or replicas back, if what is there is still ours: says so on the
 * workload, writes, and writes down how it ended. Cut off anywhere, the next who comes goes on.
 */
export async function takeBackTarget(
  context: Context,
  site: Site,
  target: Target,
  change: Change,
  wanted: TakingBack,
): Promise<Outcome> {
  const at = { key: keyOf(change), id: change.decisionId };
  const begun = await amendTarget(site, target, at, (known) =>
    known.takingBack === undefined && known.closed === undefined
      ? { intent: { ...known, takingBack: wanted } }
      : null,
  );
  const why = begun?.intent.takingBack;
  if (begun === null || why === undefined) {
    return { kind: "gone", reason: "the workload has gone, or its change has ended meanwhile" };
  }
  const back = await writeBack(site, begun.target, change, begun.intent);
  const isBack = back.outcome === "back";
  const closed: Settled = {
    outcome: back.outcome === "back" ? why.outcome : back.outcome,
    reason: `${why.reason}; ${back.reason}`,
    at: new Date(context.now()).toISOString(),
    cause: why.cause,
  };
  const ended = await amendTarget(site, back.target, at, (known) => {
    if (known.takingBack === undefined) return null;
    const { takingBack: _, ...rest } = known;
    const { metadata } = back.target;
    const annotations = isBack ? backOffAfter(metadata, change.load.resource, known, closed) : {};
    return { intent: { ...rest, closed }, annotations };
  });
  const stands = ended?.intent.closed ?? closed;
  await recordSettled(context, regarding(site.owner, begun.target, change), change, stands);
  return laterOutcomeOf(change, stands);
}

type Ending = { target: Target; outcome: "back" | "superseded" | "unrelieved"; reason: string };

async function writeBack(
  site: Site,
  begun: Target,
  change: Change,
  intent: Intent,
): Promise<Ending> {
  let target = begun;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    // Taken back already by a delivery that did not come to its end.
    if (isThere(site, target, change, intent, "before"))
      return await seenBack(site, target, change);
    if (!isThere(site, target, change, intent, "after")) {
      return { target, outcome: "superseded", reason: "others have changed it since" };
    }
    const { resource } = change.load;
    const written =
      change.action === "patch-owner"
        ? await writeTemplate(site, target, keyOf(change), { intent, side: "before", resource })
        : await writeScale(site, target, intent.replicas?.before ?? 1);
    if (written.kind === "written") return await seenBack(site, written.target, change);
    if (written.kind === "refused") {
      const reason = `the old values were refused: ${written.reason}`;
      return { target, outcome: "unrelieved", reason };
    }
    const read = await readTarget(site.kube, site.path);
    if (read === null || read.metadata.uid !== begun.metadata.uid) {
      return { target, outcome: "superseded", reason: "it has gone" };
    }
    target = read;
  }
  throw new TransientError("OBJECT_BUSY", "the object was changed by others all the time");
}

async function seenBack(site: Site, written: Target, change: Change): Promise<Ending> {
  const { changes, replicas } = change;
  const back: Change = {
    ...change,
    changes: reversed(changes),
    replicas: replicas && { before: replicas.after, after: replicas.before },
  };
  const { target, progress } = await awaitProgress(site, written, back);
  const reason = `back: ${describeAlternative(back)}: ${progress.reason}`;
  return { target, outcome: "back", reason };
}
