import { deleteObject } from "../deletion.ts";
import type { Propagation } from "../deletion.ts";
import { warnedOfRemoval } from "../inert-kinds.ts";
import { at } from "../kube-object.ts";
import { shown } from "../represent.ts";
import { apiVersionOf } from "../resources.ts";
import type { Resource } from "../resources.ts";
import { parseFilter } from "../selectors.ts";
import { badRequest, conflict, notFound } from "../status-error.ts";
import { readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { ObjectParts, ObjectTarget } from "./object-target.ts";
import { isDryDeletion } from "./write-options.ts";

/** @throws StatusError 400 for a grace period that is none. */
export function deleteOptions(body: unknown, query: URLSearchParams) {
  const grace = at(body, "gracePeriodSeconds") ?? query.get("gracePeriodSeconds") ?? undefined;
  const propagation = at(body, "propagationPolicy") ?? query.get("propagationPolicy");
  const gracePeriodSeconds = grace === undefined || grace === null ? undefined : Number(grace);
  if (gracePeriodSeconds !== undefined && !(gracePeriodSeconds >= 0)) {
    throw badRequest("gracePeriodSeconds must be a number that is not negative");
  }
  const policy: Propagation =
    propagation === "Orphan" || propagation === "Foreground" ? propagation : "Background";
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    propagation: policy,
  };
}

/** DELETE of one object; answers it while a finalizer or its grace period keeps it. */
export async function removeObject(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { store, clock } = parts;
  const { resource, namespace, name } = target;
  const body = await readBody(exchange);
  const current = store.get(resource, namespace, name);
  if (current === undefined) throw notFound(resource, name);
  for (const field of ["uid", "resourceVersion"] as const) {
    const wanted = at(body, "preconditions", field);
    if (typeof wanted === "string" && wanted !== current.metadata[field]) {
      const label = field === "uid" ? "UID" : "ResourceVersion";
      throw conflict(
        resource,
        name,
        `Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${current.metadata[field] ?? ""}`,
      );
    }
  }
  const options = deleteOptions(body, exchange.query);
  if (isDryDeletion(body, exchange.query)) return { code: 200, body: shown(current, resource) };
  const left = deleteObject(store, clock, resource, current, options);
  const warning = warnedOfRemoval(resource, current);
  if (left.metadata.deletionTimestamp !== undefined)
    return { code: 200, body: shown(left, resource), ...warning };
  return {
    code: 200,
    ...warning,
    body: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: {
        name,
        ...(resource.group === "" ? {} : { group: resource.group }),
        kind: resource.plural,
        uid: left.metadata.uid,
      },
    },
  };
}

/** Deletes what the selectors let through; answers the list. */
export async function removeCollection(
  exchange: Exchange,
  resource: Resource,
  namespace: string | undefined,
  { store, clock }: ObjectParts,
): Promise<Answer> {
  const { query } = exchange;
  const body = await readBody(exchange);
  const options = deleteOptions(body, query);
  const isDry = isDryDeletion(body, query);
  const filter = parseFilter(
    query.get("labelSelector") ?? "",
    query.get("fieldSelector") ?? "",
    resource.plural,
  );
  const found = store.objects(resource, namespace).filter(filter);
  if (!isDry) {
    for (const object of found) deleteObject(store, clock, resource, object, options);
  }
  return {
    code: 200,
    body: {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: String(store.version) },
      items: found.map((object) => shown(object, resource)),
    },
  };
}
