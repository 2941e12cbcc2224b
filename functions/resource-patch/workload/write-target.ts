import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { formatMemoryBytes } from "../../../shared/quantity.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import type { Change } from "../change.ts";
import { type Intent, changeKey, GROWTH_KEY } from "../intent.ts";
import { type Marks, marksOf } from "./marks.ts";
import type { Site } from "./site.ts";
import { readTarget, type Target } from "./target.ts";
import { templatePatch, type TemplateWrite } from "./template-patch.ts";

/** Which side of a change is written: `after` to carry it out, `before` to take it back. */
type Side = "before" | "after";

/** Under which annotation an action keeps its intent on what it writes. */
export function keyOf({ action, load }: Pick<Change, "action" | "load">): string {
  return action === "grow-volume" ? GROWTH_KEY : changeKey(load.resource);
}

/** The object as the server answers it; `changed`: read it again; else why it is not written. */
export type Written =
  | { kind: "written"; target: Target }
  | { kind: "changed" }
  | { kind: "refused" | "dropped"; reason: string };

/** Writes an intent on exactly the object that was read, with the times of the changes before it. */
export async function writeNote(
  { kube, path }: Site,
  target: Target,
  key: string,
  intent: Intent,
  others?: Marks["annotations"],
): Promise<Written> {
  const { uid, resourceVersion } = target.metadata;
  return await send(kube, path, target, {
    path,
    contentType: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion, ...marksOf(target, key, intent, others) } },
  });
}

/** Writes sizes into a template, and the intent with them: neither is ever there alone. */
export async function writeTemplate(
  site: Site,
  target: Target,
  key: string,
  { intent, side, resource }: { intent: Intent; side: Side; resource: Resource },
): Promise<Written> {
  const { changes } = intent;
  const marks = marksOf(target, key, intent);
  return await writeSizes(site, target, { resource, changes, side, marks });
}

/** Writes sizes into a template of exactly the object that was read, and its marks with them. */
export async function writeSizes(
  { kube, path, owner }: Site,
  target: Target,
  write: TemplateWrite,
): Promise<Written> {
  const patch = templatePatch(owner, target, write);
  if (typeof patch === "string") return { kind: "refused", reason: patch };
  return await send(kube, path, target, { path, ...patch });
}

/** Asks for a claim to be larger, likewise. */
export async function writeClaim(
  { kube, path }: Site,
  target: Target,
  key: string,
  intent: Intent,
): Promise<Written> {
  const { uid, resourceVersion } = target.metadata;
  const storage = formatMemoryBytes(intent.volume?.afterBytes ?? 0);
  return await send(kube, path, target, {
    path,
    contentType: "application/merge-patch+json",
    body: {
      metadata: { uid, resourceVersion, ...marksOf(target, key, intent) },
      spec: { resources: { requests: { storage } } },
    },
  });
}

/** Sets the replicas of exactly the object that was read; the answer is read anew: it is a Scale. */
export async function writeScale(
  { kube, path }: Site,
  target: Target,
  replicas: number,
): Promise<Written> {
  const { resourceVersion } = target.metadata;
  const sent = await send(kube, path, target, {
    path: `${path}/scale`,
    contentType: "application/merge-patch+json",
    body: { metadata: { resourceVersion }, spec: { replicas } },
  });
  if (sent.kind !== "written") return sent;
  const after = await readTarget(kube, path);
  return after === null || after.metadata.uid !== target.metadata.uid
    ? { kind: "changed" }
    : { kind: "written", target: after };
}

async function send(
  kube: KubeClient,
  objectPath: string,
  { metadata: { uid, resourceVersion } }: Target,
  request: Pick<KubeRequest, "path" | "body" | "contentType">,
): Promise<Written> {
  try {
    const target = await kube.request<Target>({
      method: "PATCH",
      query: { fieldManager: "vigie", fieldValidation: "Strict" },
      ...request,
    });
    return { kind: "written", target };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.httpStatus === 409) return { kind: "changed" };
    if (error.status !== 422) throw error;
    if (error.httpStatus !== 404 && error.httpStatus !== 422) {
      return { kind: "refused", reason: error.message };
    }
    // 422 is also a test of a JSON patch that failed, and a uid that is another's; 404 also a scale
    // that its kind has not. Whether it is the object that has moved, the object says.
    const now = await readTarget(kube, objectPath);
    const hasMoved =
      now?.metadata.uid !== uid ||
      (error.httpStatus === 422 && now.metadata.resourceVersion !== resourceVersion);
    return hasMoved ? { kind: "changed" } : { kind: "refused", reason: error.message };
  }
}
