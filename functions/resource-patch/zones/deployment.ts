import type { V1Deployment } from "@kubernetes/client-node";
import * as z from "zod/mini";
import { selectorText } from "../../../shared/kube/label-selector.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Pod } from "../pod-facts.ts";
import type { Target } from "../workload/target.ts";

/** A Deployment as far as a review of it looks. */
export type Deployment = Target & { spec?: NonNullable<V1Deployment["spec"]> };

type Named = { namespace: string; name: string };

/** What a Deployment remembers of the last zone it was written for. */
const Stamp = z.lazy(() => z.object({ id: z.string(), at: z.iso.datetime() }));
export type Stamp = z.infer<typeof Stamp>;

/** Beside the label `patch`, which says the zone. */
export const STAMP_KEY = "vigie.dev/zone-decision";

/** Replicas are alike: any that runs will do, and one of the first twenty does. */
const MAX_PODS = 20;

export function deploymentPath({ namespace, name }: Named): string {
  return `/apis/apps/v1/namespaces/${pathSegment(namespace)}/deployments/${pathSegment(name)}`;
}

/** null when there is none. */
export async function readDeployment(kube: KubeClient, named: Named): Promise<Deployment | null> {
  try {
    return await kube.request<Deployment>({ method: "GET", path: deploymentPath(named) });
  } catch (error) {
    if (error instanceof KubeError && error.httpStatus === 404) return null;
    throw error;
  }
}

/** The name of a running pod of a Deployment, the first by name; null when none runs. */
export async function runningPodOf(
  kube: KubeClient,
  { metadata, spec }: Deployment,
): Promise<string | null> {
  type Found = { name: string; isRunning: boolean };
  const { items } = await kube.request<{ items: readonly Found[] | null }>({
    method: "GET",
    path: `/api/v1/namespaces/${pathSegment(metadata.namespace)}/pods`,
    query: { labelSelector: selectorText(spec?.selector), limit: String(MAX_PODS) },
    pick: (item): Found => {
      const { metadata: own, status } = item as Pod;
      const isRunning = status?.phase === "Running" && own.deletionTimestamp === undefined;
      return { name: own.name, isRunning };
    },
  });
  return (items ?? []).find(({ isRunning }) => isRunning)?.name ?? null;
}

/** null when there is none, or none that we could have written. */
export function readStamp({ metadata }: Pick<Target, "metadata">): Stamp | null {
  const text = metadata.annotations?.[STAMP_KEY];
  if (text === undefined) return null;
  try {
    return Stamp.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
