import { TransientError } from "../../../shared/errors.ts";
import type { Outcome } from "../../../shared/function.ts";
import { backOffAfter } from "../back-off.ts";
import type { Change } from "../change.ts";
import type { Context } from "../context.ts";
import { describeAlternative } from "../describe.ts";
import { type Intent, readIntentAt, type Settled } from "../intent.ts";
import { recordSettled } from "../record-settled.ts";
import { reversed, standingOf, withChanges } from "../standing.ts";
import { ZONE_LABEL } from "../strategies/cluster-zone.ts";
import { readStamp, STAMP_KEY } from "../zones/deployment.ts";
import { amendTarget, MAX_ATTEMPTS } from "./amend-target.ts";
import { awaitProgress } from "./await-progress.ts";
import { isThere } from "./is-there.ts";
import { type Marks, marksOf } from "./marks.ts";
import { regarding, type Site } from "./site.ts";
import { replicasStanding, turned, withReplicas } from "./standing-replicas.ts";
import { readTarget, type Target } from "./target.ts";
import { laterOutcomeOf } from "./target-ending.ts";
import { keyOf, writeScale, writeSizes } from "./write-target.ts";

const NO_MARKS: Marks = { annotations: {}, labels: {} };

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
    known.takingBack === undefined && (known.closed === undefined || wanted.isAll)
      ? { intent: { ...known, takingBack: wanted } }
      : null,
  );
  const why = begun?.intent.takingBack;
  if (begun === null || why === undefined) {
    return { kind: "gone", reason: "the workload has gone, or its change has ended meanwhile" };
  }
  const parts = partsOf(site, change, begun.intent);
  const backs: Ending[] = [];
  for (const part of parts) backs.push(await writeBack(site, begun.target, part, at.key));
  const outcome = backs.find((one) => one.outcome !== "back")?.outcome ?? "back";
  const isBack = outcome === "back";
  const closed: Settled = {
    outcome: isBack ? why.outcome : outcome,
    reason: [why.reason, ...backs.map(({ reason }) => reason)].join("; "),
    at: new Date(context.now()).toISOString(),
    cause: why.cause,
  };
  const latest = (await readTarget(site.kube, site.path)) ?? begun.target;
  const ended = await amendTarget(site, latest, at, (known) => {
    if (known.takingBack === undefined) return null;
    const { takingBack: _, ...rest } = known;
    const hasFailed = isBack && !why.isAll;
    const { resource } = change.load;
    const annotations = hasFailed ? backOffAfter(latest.metadata, resource, known, closed) : {};
    const stands = standsAfter(known, parts, backs, resource);
    return { intent: { ...rest, ...stands, closed }, annotations };
  });
  const stands = ended?.intent.closed ?? closed;
  await recordSettled(context, regarding(site.owner, begun.target, change), change, stands);
  return laterOutcomeOf(change, stands);
}

/** One kind of thing to put back, as a change of its own. */
type Part = { change: Change; intent: Intent };
type Ending = { outcome: "back" | "superseded" | "unrelieved"; reason: string };

/** The last change alone, or all that stands: sizes, then replicas. */
function partsOf({ owner }: Site, change: Change, intent: Intent): Part[] {
  const isAll = intent.takingBack?.isAll === true;
  const { resource } = change.load;
  const changes = isAll ? standingOf(intent, resource) : intent.changes;
  const replicas = isAll ? replicasStanding(intent) : (intent.replicas ?? null);
  const base = { ...change, target: owner };
  const sizes: Change = { ...base, action: "patch-owner", changes, replicas: null };
  const action = replicas !== null && replicas.after < replicas.before ? "scale-in" : "scale-out";
  const scale: Change = { ...base, action, changes: [], replicas };
  return [...(changes.length === 0 ? [] : [sizes]), ...(replicas === null ? [] : [scale])].map(
    (part) => ({
      change: part,
      intent: { ...intent, changes: [...part.changes], replicas: part.replicas },
    }),
  );
}

/** What is not back stays on the books, but what is others' by now is nothing of ours. */
function standsAfter(
  intent: Intent,
  parts: readonly Part[],
  backs: readonly Ending[],
  resource: Change["load"]["resource"],
): Pick<Intent, "standing" | "standingReplicas"> {
  let standing = standingOf(intent, resource);
  let standingReplicas = replicasStanding(intent);
  for (const [index, { change }] of parts.entries()) {
    const { outcome } = backs[index] ?? {};
    const isSizes = change.action === "patch-owner";
    if (outcome === "superseded") {
      if (isSizes) standing = [];
      else standingReplicas = null;
    }
    if (outcome !== "back") continue;
    if (isSizes) standing = withChanges(standing, reversed(change.changes), resource);
    else standingReplicas = withReplicas(standingReplicas, turned(change.replicas));
  }
  return { standing, standingReplicas };
}

async function writeBack(
  site: Site,
  begun: Target,
  { change, intent }: Part,
  key: string,
): Promise<Ending> {
  const { resource } = change.load;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const target = await readTarget(site.kube, site.path);
    if (target === null || target.metadata.uid !== begun.metadata.uid) {
      return { outcome: "superseded", reason: "it has gone" };
    }
    // Taken back already by a delivery that did not come to its end.
    if (isThere(site, target, change, intent, "before"))
      return await seenBack(site, target, change);
    if (!isThere(site, target, change, intent, "after")) {
      return { outcome: "superseded", reason: "others have changed it since" };
    }
    const known = readIntentAt(target.metadata.annotations, key);
    const unzoned = intent.takingBack?.isAll === true ? withoutZone(target) : NO_MARKS;
    const noted = known === null ? NO_MARKS : marksOf(target, key, known, unzoned.annotations);
    const marks = { ...noted, labels: { ...noted.labels, ...unzoned.labels } };
    const written =
      change.action === "patch-owner"
        ? await writeSizes(site, target, {
            resource,
            changes: change.changes,
            side: "before",
            marks,
          })
        : await writeScale(site, target, change.replicas?.before ?? 1);
    if (written.kind === "written") return await seenBack(site, written.target, change);
    if (written.kind === "refused") {
      return { outcome: "unrelieved", reason: `the old values were refused: ${written.reason}` };
    }
  }
  throw new TransientError("OBJECT_BUSY", "the object was changed by others all the time");
}

/** The first sizes are of no zone: while a Deployment says otherwise, no review would look at it. */
function withoutZone(target: Target): Marks {
  if (readStamp(target) === null) return NO_MARKS;
  return { annotations: { [STAMP_KEY]: null }, labels: { [ZONE_LABEL]: null } };
}

async function seenBack(site: Site, written: Target, change: Change): Promise<Ending> {
  const { changes, replicas } = change;
  const back = { ...change, changes: reversed(changes), replicas: turned(replicas) };
  const { progress } = await awaitProgress(site, written, back);
  return { outcome: "back", reason: `back: ${describeAlternative(back)}: ${progress.reason}` };
}
