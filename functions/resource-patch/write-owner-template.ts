import type { ContainerChange } from "../../shared/events/resources.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import type { Resource } from "../../shared/policy-schema.ts";

/** The object as it was read: a write of another in between is a conflict. */
type Read = { uid: string; resourceVersion: string };

/** Written on the object itself, not on its template. */
type Marks = { labels: Record<string, string>; annotations: Record<string, string> };

/**
 * Writes sizes to the pod template of a built-in workload, of exactly the object that was read. A
 * strategic merge, for it merges containers by name (custom resources do not know it).
 * @throws KubeError 409 when it has changed since, 404 when it has gone, 422 when it is refused.
 */
export async function writeOwnerTemplate(
  kube: KubeClient,
  path: string,
  { uid, resourceVersion }: Read,
  change: { resource: Resource; changes: readonly ContainerChange[]; marks: Marks },
): Promise<void> {
  const { resource, changes, marks } = change;
  const of = (kind: ContainerChange["kind"]) =>
    changes
      .filter((each) => each.kind === kind)
      .map(({ container, before, after }) => ({
        name: container,
        resources: {
          ...(after.request === before.request ? {} : { requests: { [resource]: after.request } }),
          ...(after.limit === before.limit ? {} : { limits: { [resource]: after.limit } }),
        },
      }));
  const [containers, initContainers] = [of("container"), of("sidecar")];
  const spec = {
    ...(containers.length === 0 ? {} : { containers }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
  };
  await kube.request<unknown>({
    method: "PATCH",
    path,
    query: { fieldManager: "vigie", fieldValidation: "Strict" },
    contentType: "application/strategic-merge-patch+json",
    body: {
      metadata: { uid, resourceVersion, ...marks },
      ...(changes.length === 0 ? {} : { spec: { template: { spec } } }),
    },
  });
}
