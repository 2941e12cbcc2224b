import { setTimeout as delay } from "node:timers/promises";
import { TransientError } from "../../../shared/errors.ts";
import type { Owner } from "../../../shared/events/load.ts";
import type { DecisionRecord } from "../../../shared/events/resources.ts";
import type { Outcome } from "../../../shared/function.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import type { Change } from "../change.ts";
import type { Context } from "../context.ts";
import { enterBudget, hasChanged, readAgain } from "../decide-again.ts";
import { describeAlternative } from "../describe.ts";
import { type Intent, readIntentAt, type Settled } from "../intent.ts";
import { type Regarding, recordSettled } from "../record-settled.ts";
import { droppedOutcome, settledNow, settledOutcome } from "../settled-outcome.ts";
import { type Progress, progressOf } from "./progress.ts";
import { readTarget, type Target, targetPath } from "./target.ts";
import { whyStopped } from "./target-permission.ts";
import { templateChanges } from "./template.ts";
import {
  keyOf,
  type Written,
  writeClaim,
  writeNote,
  writeScale,
  writeTemplate,
} from "./write-target.ts";

/** Controllers write the status of a workload all the time. */
const MAX_ATTEMPTS = 8;

/** How long we stay to see it done: a scale takes that where images are there; a rollout goes on. */
const WAIT_MS = 1_500;
const FIRST_POLL_MS = 25;
const LAST_POLL_MS = 250;

/** What is written, and where. */
export type Site = { kube: KubeClient; path: string; owner: Owner };

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
      return settledOutcome({ ...change, changes: found.changes }, found.settled);
    }
    // Begun by an earlier delivery: what is left of it asks whether it still may, and no more.
    const fault = !isFound
      ? await mayNot(record, change, context)
      : isStillToScale(target, found)
        ? await whyStopped(site, target, change, context)
        : null;
    if (fault !== null) return droppedOutcome(change, fault, context);
    const intent = isFound ? found : newIntent(record, change, target, site.owner, context);
    if (typeof intent === "string") {
      return settledOutcome(change, settledNow("refused", intent, context.now));
    }
    const written = await write(site, target, change, intent, isFound);
    if (written.kind === "changed") continue;
    const ours = { ...change, changes: intent.changes };
    if (written.kind !== "written") {
      const settled = settledNow(written.kind, written.reason, context.now);
      return settledOutcome(ours, await giveUp(context, site, ours, intent, settled));
    }
    return settledOutcome(ours, await verify(context, site, written.target, ours, intent));
  }
  const { kind, name } = site.owner;
  throw new TransientError("OBJECT_BUSY", `${kind} ${name} was changed by others all the time`);
}

export function siteOf({ target }: Change, { kube }: Context): Site | null {
  const path = target === null ? null : targetPath(target);
  return target === null || path === null ? null : { kube, path, owner: target };
}

export function regarding(owner: Owner, { metadata: { uid } }: Target): Regarding {
  const { apiVersion, kind, namespace, name } = owner;
  return { apiVersion, kind, namespace, name, uid };
}

/** A scale is noted before it is written; sizes and claims are written with their note. */
function isStillToScale({ spec }: Target, { replicas }: Intent): boolean {
  return replicas !== null && replicas !== undefined && (spec?.replicas ?? 1) !== replicas.after;
}

/** A sentence when the pod, as it is now, does not lead to the same decision, or the hour is spent. */
async function mayNot(
  record: DecisionRecord,
  change: Change,
  context: Context,
): Promise<string | null> {
  const seen = await readAgain(record, context);
  if (seen === null) return "the pod has gone";
  return hasChanged(seen, record, change, context) ?? (await enterBudget(seen, record.id, context));
}

/** A sentence when the template cannot take it. */
function newIntent(
  record: DecisionRecord,
  { action, changes, replicas, volume, load }: Change,
  target: Target,
  owner: Owner,
  { now }: Context,
): Intent | string {
  const own =
    action === "patch-owner" ? templateChanges(owner, target, load.resource, changes) : changes;
  if (typeof own === "string") return own;
  const at = new Date(now()).toISOString();
  const { observedAt } = load;
  return {
    id: record.id,
    at,
    observedAt,
    changes: [...own],
    replicas,
    volume,
    settled: null,
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
        return { kind: "dropped", reason: `others have set ${replicas} replicas meanwhile` };
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
    settleTarget(site, target, change, intent, settled, null),
    recordSettled(context, [regarding(site.owner, target)], change, settled),
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
  const text = `${describeAlternative(change)}: ${reason}`;
  const settled = settledNow(kind, text, context.now);
  const [known] = await Promise.all([
    settleTarget(site, target, change, intent, settled, null),
    recordSettled(context, [regarding(site.owner, target)], change, settled),
  ]);
  return known;
}

async function awaitProgress(
  { kube, path, owner }: Site,
  written: Target,
  change: Change,
): Promise<{ target: Target; progress: Progress }> {
  const deadlineMs = performance.now() + WAIT_MS;
  let target = written;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_POLL_MS)) {
    const progress = progressOf(owner, target, change);
    const isOver = performance.now() + pauseMs >= deadlineMs;
    if (progress.kind !== "pending" || isOver) return { target, progress };
    await delay(pauseMs);
    const read = await readTarget(kube, path);
    if (read === null || read.metadata.uid !== target.metadata.uid) return { target, progress };
    target = read;
  }
}

/**
 * Writes how an intent ended, in the place of `instead`, unless the object has gone or another intent
 * has taken its place. When somebody has written an end before us, theirs stands.
 * @returns how it ended.
 */
export async function settleTarget(
  site: Site,
  target: Target,
  change: Change,
  intent: Intent,
  settled: Settled,
  instead: Settled["outcome"] | null,
): Promise<Settled> {
  const key = keyOf(change);
  let current: Target | null = target;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (current === null || current.metadata.uid !== target.metadata.uid) return settled;
    const known = readIntentAt(current.metadata.annotations, key);
    if (known?.id !== intent.id) return settled;
    if (known.settled !== null && known.settled.outcome !== instead) return known.settled;
    const written = await writeNote(site, current, key, { ...intent, settled });
    if (written.kind === "written") return settled;
    if (written.kind === "refused") throw new TransientError("NOT_NOTED", written.reason);
    current = await readTarget(site.kube, site.path);
  }
  throw new TransientError("OBJECT_BUSY", "the object was changed by others all the time");
}
