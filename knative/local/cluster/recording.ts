import { appendFileSync } from "node:fs";
import type { KubeObject } from "./kube-object.ts";
import type { Attributes, User } from "./rbac.ts";
import { persistentVolumeClaims, pods, resourceOf, resources } from "./resources.ts";
import type { Store } from "./store.ts";

type Labels = Readonly<Record<string, string>>;

/** What a write was about, as it was when the write was asked for. */
type RecordedTarget = {
  labels: Labels;
  /** Of the controllers above it, nearest first. */
  ownerLabels: readonly Labels[];
  /** Of a workload's template; of the pods that mount a claim, and of the controllers above them. */
  podLabels: readonly Labels[];
};

/** One call of the API for a resource: a line of JSON in the recording. */
export type RecordedCall = {
  /** RFC 3339, with milliseconds. */
  time: string;
  user: string;
  verb: string;
  group: string;
  /** With the subresource: `pods/resize`. */
  resource: string;
  /** "" for what belongs to the whole cluster. */
  namespace: string;
  /** "" for a collection. */
  name: string;
  /** Of the answer; of a watch, when it ended. */
  httpStatus: number;
  /** No rule lets this user do this. */
  isDenied: boolean;
  /** null for reads, and for what does not exist. */
  target: RecordedTarget | null;
};

/** A call that has been let in and is not answered yet. */
export type OpenCall = Omit<RecordedCall, "httpStatus">;

const reads: ReadonlySet<string> = new Set(["get", "list", "watch"]);
/** Longer than any chain of controllers; a ring must end. */
const maxOwners = 5;

export function openCall(
  store: Store,
  user: User,
  { verb, group, resource, namespace, name }: Attributes,
  isDenied: boolean,
): OpenCall {
  const time = new Date().toISOString();
  const target = reads.has(verb) ? null : targetOf(store, group, resource, namespace, name);
  return { time, user: user.name, verb, group, resource, namespace, name, isDenied, target };
}

/** At once on disk, so that what ends in the middle of a test has recorded what it did. */
export function appendTo(file: string, call: RecordedCall): void {
  appendFileSync(file, `${JSON.stringify(call)}\n`);
}

function targetOf(
  store: Store,
  group: string,
  withSubresource: string,
  namespace: string,
  name: string,
): RecordedTarget | null {
  const [plural = ""] = withSubresource.split("/");
  const resource = resources.find((one) => one.group === group && one.plural === plural);
  if (resource === undefined || name === "") return null;
  const object = store.get(resource, resource.namespaced ? namespace : undefined, name);
  if (object === undefined) return null;
  return {
    labels: object.metadata.labels ?? {},
    ownerLabels: ownersOf(store, object),
    podLabels: resource === persistentVolumeClaims ? mountedBy(store, object) : templatesOf(object),
  };
}

type Template = { metadata?: { labels?: Labels } };

/** A CronJob has its template one level further down. */
function templatesOf({ spec }: KubeObject): Labels[] {
  const { template, jobTemplate } = (spec ?? {}) as {
    template?: Template;
    jobTemplate?: { spec?: { template?: Template } };
  };
  const labels = (template ?? jobTemplate?.spec?.template)?.metadata?.labels;
  return labels === undefined ? [] : [labels];
}

function mountedBy(store: Store, claim: KubeObject): Labels[] {
  type Volume = { persistentVolumeClaim?: { claimName: string } };
  const { namespace, name } = claim.metadata;
  return store.objects(pods, namespace).flatMap((pod) => {
    const { volumes = [] } = (pod.spec ?? {}) as { volumes?: readonly Volume[] };
    const isMounted = volumes.some((each) => each.persistentVolumeClaim?.claimName === name);
    return isMounted ? [pod.metadata.labels ?? {}, ...ownersOf(store, pod)] : [];
  });
}

function ownersOf(store: Store, object: KubeObject, depth = 0): Labels[] {
  const { namespace, ownerReferences = [] } = object.metadata;
  const reference = ownerReferences.find(({ controller }) => controller === true);
  const resource = resourceOf(reference);
  if (reference === undefined || resource === undefined || depth === maxOwners) return [];
  const owner = store.get(resource, namespace, reference.name);
  if (owner === undefined) return [];
  return [owner.metadata.labels ?? {}, ...ownersOf(store, owner, depth + 1)];
}
