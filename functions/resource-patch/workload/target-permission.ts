import type { Labels } from "../../../shared/opt-in.ts";
import type { Change } from "../change.ts";
import type { Context } from "../context.ts";
import { permissionOf, readPermission } from "../permission.ts";
import { readPod } from "../situation.ts";
import type { Site } from "./site.ts";
import type { Target } from "./target.ts";
import { templateLabels } from "./template.ts";

/**
 * Why nothing more may be written to a workload or a claim: people may have opted out, or paused it,
 * since the change began. A workload speaks for itself, by its labels or its template's; for a claim
 * speaks the pod that mounts it. null when it may, and for a claim whose pod has gone.
 */
export async function whyStopped(
  { owner }: Site,
  target: Target,
  { action, pod: named }: Change,
  context: Context,
): Promise<string | null> {
  if (action === "grow-volume") {
    const pod = await readPod(context.kube, named);
    if (pod === null) return null;
    const { forbidden, paused } = await readPermission(context, pod);
    return forbidden ?? paused;
  }
  const own: Labels[] = [target.metadata.labels ?? {}, templateLabels(owner, target)];
  const { forbidden, paused } = await permissionOf(context, owner, own);
  return forbidden ?? paused;
}
