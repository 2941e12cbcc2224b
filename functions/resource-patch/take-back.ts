import type { Outcome } from "../../shared/function.ts";
import { KubeError } from "../../shared/kube/error.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { amendIntent } from "./amend-intent.ts";
import { backOffAfter } from "./back-off.ts";
import type { Context } from "./context.ts";
import { describeChange } from "./describe.ts";
import { type Intent, readIntent, type Settled } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { recordLater } from "./record-settled.ts";
import { awaitVerdict, patchResize } from "./resize.ts";
import { laterOutcome } from "./ending.ts";
import { hasShares } from "./shares.ts";
import { reversed, standingOf, withChanges } from "./standing.ts";

type TakingBack = NonNullable<Intent["takingBack"]>;

/**
 * Puts exact old sizes back, if the sizes are still ours: says so on the pod, resizes, and writes
 * down how it ended. Cut off anywhere, the next who comes goes on.
 */
export async function takeBack(
  context: Context,
  pod: Pod,
  resource: Resource,
  intent: Intent,
  wanted: TakingBack,
): Promise<Outcome> {
  const { kube, now } = context;
  const begun = await amendIntent(kube, pod, resource, intent.id, (known) =>
    known.takingBack === undefined ? { intent: { ...known, takingBack: wanted } } : null,
  );
  const why = begun?.intent.takingBack;
  if (begun === null || why === undefined) {
    return { kind: "gone", reason: "the pod has gone, or has been resized since" };
  }
  const changes = why.isAll ? standingOf(begun.intent, resource) : begun.intent.changes;
  const { outcome, reason } = await resizeBack(context, begun.pod, resource, intent.id, changes);
  const isBack = outcome === "back";
  const closed: Settled = {
    outcome: isBack ? why.outcome : outcome,
    reason: `${why.reason}; ${reason}`,
    at: new Date(now()).toISOString(),
    cause: why.cause,
  };
  const ended = await amendIntent(kube, begun.pod, resource, intent.id, (known) => {
    if (known.takingBack === undefined) return null;
    const { takingBack: _, ...rest } = known;
    const standing = standsAfter(outcome, known, changes, resource);
    return {
      intent: { ...rest, closed, standing },
      ...(why.isAll || !isBack
        ? {}
        : { annotations: backOffAfter(begun.pod.metadata, resource, known, closed) }),
    };
  });
  const stands = ended?.intent.closed ?? closed;
  await recordLater(context, begun.pod, intent, stands);
  return laterOutcome(begun.pod, resource, intent, stands);
}

type Ending = { outcome: "back" | "superseded" | "unrelieved"; reason: string };

function standsAfter(
  outcome: Ending["outcome"],
  { standing, changes: last }: Intent,
  changes: Intent["changes"],
  resource: Resource,
): Intent["changes"] {
  const before = standing ?? last;
  switch (outcome) {
    case "back":
      return withChanges(before, reversed(changes), resource);
    case "superseded":
      return [];
    case "unrelieved":
      return before;
  }
}

async function resizeBack(
  { kube }: Context,
  pod: Pod,
  resource: Resource,
  id: string,
  changes: Intent["changes"],
): Promise<Ending> {
  const isOurs = ({ metadata, spec }: Pod): boolean =>
    metadata.uid === pod.metadata.uid &&
    readIntent(metadata.annotations, resource)?.id === id &&
    (hasShares(spec, resource, changes, "after") || hasShares(spec, resource, changes, "before"));
  const back = reversed(changes);
  let patched: Pod | null;
  try {
    patched = await patchResize(kube, pod, resource, changes, "before", isOurs);
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 422) throw error;
    return { outcome: "unrelieved", reason: `the old values were refused: ${error.message}` };
  }
  if (patched === null) {
    return { outcome: "superseded", reason: "others have written the sizes since" };
  }
  const seen = await awaitVerdict(kube, patched, resource, back);
  const sizes = back.map((change) => describeChange(change)).join("; ");
  const isDone = seen?.verdict.kind === "applied";
  const word = seen === null ? "the pod has gone" : seen.verdict.reason;
  return { outcome: "back", reason: isDone ? `back: ${sizes}` : `asked back: ${sizes}: ${word}` };
}
