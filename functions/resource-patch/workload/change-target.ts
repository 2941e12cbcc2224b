import { counted } from "../../../shared/counted.ts";
import { TransientError } from "../../../shared/errors.ts";
import type { DecisionRecord } from "../../../shared/events/decided.ts";
import type { Outcome } from "../../../shared/function.ts";
import { aboutOf, type Change } from "../change.ts";
import type { Context } from "../context.ts";
import { chosenAlternative } from "../decide.ts";
import { classOf, enterBudget, hasChanged, readAgain } from "../decide-again.ts";
import { describeAlternative } from "../describe.ts";
import { type Intent, readIntentAt, type Settled } from "../intent.ts";
import { recordSettled } from "../record-settled.ts";
import { droppedOutcome, SEEN_TO, settledNow, settledOutcome } from "../settled-outcome.ts";
import type { Seen } from "../situation.ts";
import { standingOf, withChanges } from "../standing.ts";
import { MAX_ATTEMPTS, settleTarget } from "./amend-target.ts";
import { awaitProgress } from "./await-progress.ts";
import { podsOf } from "./pods-of.ts";
import { regarding, type Site, siteOf } from "./site.ts";
import { replicasStanding, withReplicas } from "./standing-replicas.ts";
import { readTarget, type Target } from "./target.ts";
import { whyStopped } from "./target-permission.ts";
import { templateChanges } from "./template.ts";
import { watchTarget } from "./watch-target.ts";
import {
  keyOf,
  type Written,
  writeClaim,
  writeNote,
  writeScale,
  writeTemplate,
} from "./write-target.ts";

/** Said by name, for every other change is. */
const STAYS = "; it is not taken back whatever becomes of it, for no claim shrinks";

/**
 * Carries out what is not done on the pod: a new template, replicas, a larger claim. The intent is on
 * the object that is written, for its pod may be gone by the rollout that it starts: written together
 * with the change where one request can do both, before it where the change has a door of its own
 * (scale). Coming again, it goes on where the first stopped.
 */
export async function changeTarget(
  record: DecisionRecord,
  change: Change,
  context: Context,
): Promise<Outcome> {
  const site = siteOf(change, context);
  if (site === null) return droppedOutcome(change, "its kind is not for writing", context);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const target = await readTarget(site.kube, site.path);
    if (target === null) {
      return droppedOutcome(change, `${site.owner.kind} ${site.owner.name} has gone`, context);
    }
    const found = readIntentAt(target.metadata.annotations, keyOf(change));
    const isFound = found?.id === record.id;
    if (isFound && found.settled !== null) {
      return answer({ ...change, changes: found.changes }, found.settled);
    }
    // Nobody had come back in time: a review has ended it, and it is not to begin anew.
    if (isFound && (found.closed ?? found.takingBack) !== undefined) return SEEN_TO;
    // Begun by an earlier delivery: what is left of it asks whether it still may, and no more.
    const stopped =
      isFound && isStillToScale(target, found)
        ? await whyStopped(site, target, change, context)
        : null;
    if (stopped !== null) return droppedOutcome(change, stopped, context);
    const seen = isFound ? null : await askAgain(record, change, context);
    if (typeof seen === "string") return droppedOutcome(change, seen, context);
    const intent =
      seen === null ? found : await newIntent(record, change, seen, { site, target }, context);
    if (typeof intent === "string") {
      return settledOutcome(change, settledNow("refused", intent, context.now));
    }
    if (intent === null) return droppedOutcome(change, "its intent has gone", context);
    const written = await write(site, target, change, intent, isFound);
    if (written.kind === "changed") continue;
    const ours = { ...change, changes: intent.changes };
    if (written.kind !== "written") {
      const settled = settledNow(written.kind, written.reason, context.now);
      return answer(ours, await giveUp(context, site, ours, intent, settled));
    }
    return answer(ours, await verify(context, site, written.target, ours, intent));
  }
  const { kind, name } = site.owner;
  throw new TransientError("OBJECT_BUSY", `${kind} ${name} was changed by others all the time`);
}

function answer(change: Change, settled: Settled): Outcome {
  return settled.cause === undefined ? settledOutcome(change, settled) : SEEN_TO;
}

/** A scale is noted before it is written; sizes and claims are written with their note. */
function isStillToScale({ spec }: Target, { replicas }: Intent): boolean {
  return replicas !== null && replicas !== undefined && (spec?.replicas ?? 1) !== replicas.after;
}

/** A sentence when the pod, as it is now, does not lead to the same decision, or the hour is spent. */
async function askAgain(
  record: DecisionRecord,
  change: Change,
  context: Context,
): Promise<Seen | string> {
  const seen = await readAgain(record, context);
  if (seen === null) return "the pod has gone";
  const fault =
    hasChanged(seen, record, change, context) ?? (await enterBudget(seen, record.id, context));
  return fault ?? seen;
}

/** A sentence when the template cannot take it. */
async function newIntent(
  record: DecisionRecord,
  change: Change,
  { situation }: Seen,
  { site: { owner }, target }: { site: Site; target: Target },
  context: Context,
): Promise<Intent | string> {
  const { action, changes, replicas, volume, load } = change;
  const own =
    action === "patch-owner" ? templateChanges(owner, target, load.resource, changes) : changes;
  if (typeof own === "string") return own;
  const at = new Date(context.now()).toISOString();
  const { observedAt } = load;
  const previous = readIntentAt(target.metadata.annotations, keyOf(change));
  const direction = chosenAlternative(record)?.direction ?? "none";
  // No claim shrinks: whatever became of a larger one, nothing could be taken back.
  const watch =
    action === "grow-volume"
      ? {}
      : {
          watch: watchTarget(
            await podsOf(context, owner, target),
            change,
            direction,
            classOf(situation, context),
            at,
          ),
        };
  return {
    id: record.id,
    at,
    observedAt,
    changes: [...own],
    replicas,
    volume,
    settled: null,
    standing: withChanges(standingOf(previous, load.resource), own, load.resource),
    standingReplicas: withReplicas(replicasStanding(previous), replicas),
    about: aboutOf(change),
    ...watch,
  };
}

/** One step at a time: what is there already is not written again. */
async function write(
  site: Site,
  target: Target,
  change: Change,
  intent: Intent,
  isFound: boolean,
): Promise<Written> {
  const key = keyOf(change);
  const { resource } = change.load;
  switch (change.action) {
    case "patch-owner":
      if (isFound) return { kind: "written", target };
      return await writeTemplate(site, target, key, { intent, side: "after", resource });
    case "grow-volume":
      if (isFound) return { kind: "written", target };
      return await writeClaim(site, target, key, intent);
    case "scale-out":
    case "scale-in": {
      const noted: Written = isFound
        ? { kind: "written", target }
        : await writeNote(site, target, key, intent);
      if (noted.kind !== "written") return noted;
      const { before, after } = intent.replicas ?? { before: 0, after: 0 };
      const { replicas = 1 } = noted.target.spec ?? {};
      if (replicas === after) return noted;
      if (replicas !== before) {
        return {
          kind: "dropped",
          reason: `others have set ${counted(replicas, "replica")} meanwhile`,
        };
      }
      return await writeScale(site, noted.target, after);
    }
    case "resize":
      return { kind: "dropped", reason: "a resize is not written here" };
  }
}

/** Nothing was changed: that is written down where the intent is, if it is there. */
async function giveUp(
  context: Context,
  site: Site,
  change: Change,
  intent: Intent,
  settled: Settled,
): Promise<Settled> {
  const target = await readTarget(site.kube, site.path);
  if (target === null) return settled;
  const [known] = await Promise.all([
    settleTarget(site, target, { key: keyOf(change), id: intent.id }, settled),
    recordSettled(context, regarding(site.owner, target, change), change, settled),
    context.ledger.leave(change.decisionId),
  ]);
  return known;
}

/** Waits a short while, and writes down how it went. */
async function verify(
  context: Context,
  site: Site,
  written: Target,
  change: Change,
  intent: Intent,
): Promise<Settled> {
  const { target, progress } = await awaitProgress(site, written, change);
  const { kind, reason } = progress;
  const isFinal = change.action === "grow-volume" && kind === "applied";
  const text = `${describeAlternative(change)}: ${reason}${isFinal ? STAYS : ""}`;
  const settled = settledNow(kind, text, context.now);
  const [known] = await Promise.all([
    settleTarget(site, target, { key: keyOf(change), id: intent.id }, settled),
    recordSettled(context, regarding(site.owner, target, change), change, settled),
  ]);
  return known;
}
