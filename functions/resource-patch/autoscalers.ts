import type { Owner } from "../../shared/events/load.ts";
import type { VpaFacts } from "../../shared/events/strategy-facts.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { toAmount } from "./totals.ts";

type Target = { apiVersion?: string; kind: string; name: string };
type Metric = { type: string; resource?: { name: string }; containerResource?: { name: string } };

type HorizontalPodAutoscaler = {
  metadata: { name: string };
  spec: { scaleTargetRef: Target; metrics?: readonly Metric[] };
};

type Quantities = Readonly<Record<string, string | number>>;

type VerticalPodAutoscaler = {
  metadata: { name: string };
  spec: { targetRef?: Target; updatePolicy?: { updateMode?: string } };
  status?: {
    recommendation?: {
      containerRecommendations?: readonly {
        containerName: string;
        target: Quantities;
        lowerBound?: Quantities;
        upperBound?: Quantities;
      }[];
    };
  };
};

/** https://keda.sh/docs/latest/reference/scaledobject-spec */
type ScaledObject = {
  metadata: { name: string };
  spec: { scaleTargetRef?: { apiVersion?: string; kind?: string; name: string } };
};

type List<T> = { metadata?: { continue?: string }; items: readonly T[] };

/** All autoscalers of a namespace. */
export type Autoscalers = {
  horizontal: readonly HorizontalPodAutoscaler[];
  vertical: readonly VerticalPodAutoscaler[];
  scaledObjects: readonly ScaledObject[];
};

const PAGE_SIZE = "500";

/** VPA and KEDA are add-ons: where they are not installed there are none. */
export async function readAutoscalers(kube: KubeClient, namespace: string): Promise<Autoscalers> {
  const path = (group: string, plural: string) =>
    `/apis/${group}/namespaces/${pathSegment(namespace)}/${plural}`;
  const [horizontal, vertical, scaledObjects] = await Promise.all([
    list<HorizontalPodAutoscaler>(kube, path("autoscaling/v2", "horizontalpodautoscalers")),
    orNone(
      list<VerticalPodAutoscaler>(kube, path("autoscaling.k8s.io/v1", "verticalpodautoscalers")),
    ),
    orNone(list<ScaledObject>(kube, path("keda.sh/v1alpha1", "scaledobjects"))),
  ]);
  return { horizontal, vertical, scaledObjects };
}

/** Of a kind that the cluster may not know. */
async function orNone<T>(items: Promise<T[]>): Promise<T[]> {
  try {
    return await items;
  } catch (error) {
    if (error instanceof KubeError && error.httpStatus === 404) return [];
    throw error;
  }
}

/**
 * Those in whose way a resize would be: a HorizontalPodAutoscaler that follows the utilisation of
 * the resource (a new request changes it), and a VerticalPodAutoscaler that resizes running pods.
 * Modes Off and Initial do not.
 */
export function competing(
  { horizontal, vertical }: Pick<Autoscalers, "horizontal" | "vertical">,
  owner: Owner,
  resource: Resource,
): { kind: string; name: string }[] {
  const isOwner = (target: Target | undefined) => isSame(target, owner);
  const follows = ({ resource: whole, containerResource }: Metric) =>
    whole?.name === resource || containerResource?.name === resource;
  return [
    ...horizontal
      .filter(({ spec }) => isOwner(spec.scaleTargetRef) && spec.metrics?.some(follows) === true)
      .map(({ metadata }) => ({ kind: "HorizontalPodAutoscaler", name: metadata.name })),
    ...vertical
      .filter(({ spec }) => isOwner(spec.targetRef) && isActive(spec.updatePolicy?.updateMode))
      .map(({ metadata }) => ({ kind: "VerticalPodAutoscaler", name: metadata.name })),
  ];
}

/**
 * Those that set the replicas of a workload, whatever they follow. Knative's class hpa works through
 * a HorizontalPodAutoscaler, and so does KEDA; but while one is paused, which keeps the replicas as
 * they are or at a number, KEDA takes its HorizontalPodAutoscaler away.
 */
export function scaling(
  { horizontal, scaledObjects }: Pick<Autoscalers, "horizontal" | "scaledObjects">,
  owner: Owner,
): { kind: string; name: string }[] {
  return [
    ...horizontal
      .filter(({ spec }) => isSame(spec.scaleTargetRef, owner))
      .map(({ metadata }) => ({ kind: "HorizontalPodAutoscaler", name: metadata.name })),
    ...scaledObjects
      .filter(({ spec }) => isSame(kedaTarget(spec), owner))
      .map(({ metadata }) => ({ kind: "ScaledObject", name: metadata.name })),
  ];
}

/** With KEDA's defaults. */
function kedaTarget({ scaleTargetRef }: ScaledObject["spec"]): Target | undefined {
  if (scaleTargetRef === undefined) return undefined;
  const { apiVersion, kind, name } = scaleTargetRef;
  return { apiVersion: apiVersion || "apps/v1", kind: kind || "Deployment", name };
}

/**
 * What a VerticalPodAutoscaler of mode Off recommends for a workload; the first by name when there
 * are several. null when none recommends anything of the resource yet.
 */
export function recommended(
  { vertical }: Pick<Autoscalers, "vertical">,
  owner: Owner,
  resource: Resource,
): VpaFacts | null {
  const facts = vertical
    .filter(({ spec }) => isSame(spec.targetRef, owner) && spec.updatePolicy?.updateMode === "Off")
    .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
    .map(({ metadata, status }) => ({
      name: metadata.name,
      containers: (status?.recommendation?.containerRecommendations ?? []).flatMap((each) => {
        const amount = (list: Quantities | undefined) => {
          const quantity = list?.[resource];
          return quantity === undefined ? null : toAmount(String(quantity), resource);
        };
        const targetAmount = amount(each.target);
        if (targetAmount === null) return [];
        const [lowerAmount, upperAmount] = [amount(each.lowerBound), amount(each.upperBound)];
        return [{ name: each.containerName, targetAmount, lowerAmount, upperAmount }];
      }),
    }));
  return facts.find(({ containers }) => containers.length > 0) ?? null;
}

/** Without a mode it is Auto. */
function isActive(updateMode = "Auto"): boolean {
  return updateMode !== "Off" && updateMode !== "Initial";
}

function isSame(target: Target | undefined, owner: Owner): boolean {
  return (
    target?.kind === owner.kind &&
    target.name === owner.name &&
    groupOf(target.apiVersion) === groupOf(owner.apiVersion)
  );
}

/** "apps" of "apps/v1": the version is the reader's choice, the group says which kind. */
function groupOf(apiVersion: string | undefined): string {
  return apiVersion?.includes("/") === true ? (apiVersion.split("/")[0] ?? "") : "";
}

async function list<T>(kube: KubeClient, path: string): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page: List<T> = await kube.request<List<T>>({
      method: "GET",
      path,
      query: { limit: PAGE_SIZE, ...(next === undefined ? {} : { continue: next }) },
    });
    items.push(...page.items);
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return items;
}
