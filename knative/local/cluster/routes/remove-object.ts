import { deleteObject } from "../deletion.ts";
import type { Propagation } from "../deletion.ts";
import { warnedOfRemoval } from "../inert-kinds.ts";
import { at, textOf } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { listed, shown } from "../represent.ts";
import { apiVersionOf } from "../resource.ts";
import { namespaces } from "../resources.ts";
import type { Resource } from "../resource.ts";
import { parseFilter } from "../selectors.ts";
import { badRequest, conflict, forbidden, notFound } from "../status-error.ts";
import { readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { ObjectParts, ObjectTarget } from "./object-target.ts";
import { assertDeleteOptions, isDryDeletion } from "./write-options.ts";

/** What a deletion asks for. @throws StatusError 400 or 422. */
export function deleteOptions(body: unknown, query: URLSearchParams) {
  assertDeleteOptions(body, query);
  const grace = at(body, "gracePeriodSeconds") ?? query.get("gracePeriodSeconds") ?? undefined;
  const propagation = at(body, "propagationPolicy") ?? query.get("propagationPolicy");
  const gracePeriodSeconds = grace === undefined || grace === null ? undefined : Number(grace);
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    throw badRequest(
      query.has("gracePeriodSeconds")
        ? `strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`
        : `json: cannot unmarshal ${typeof grace} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`,
    );
  }
  const policy: Propagation =
    propagation === "Orphan" || propagation === "Foreground" ? propagation : "Background";
  return {
    // Less than none is a second: what shows in the object is that, too.
    ...(gracePeriodSeconds === undefined
      ? {}
      : { gracePeriodSeconds: gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds }),
    propagation: policy,
  };
}

/** @throws StatusError 409 when the object is another one than the caller knows. */
export function assertPreconditions(
  { kind }: Resource,
  { metadata }: KubeObject,
  options: unknown,
): void {
  const differs = (
    [
      ["uid", "UID", "deleted and then recreated"],
      ["resourceVersion", "ResourceVersion", "modified"],
    ] as const
  ).find(([field]) => {
    const wanted = at(options, "preconditions", field);
    return wanted !== undefined && wanted !== null && wanted !== metadata[field];
  });
  if (differs === undefined) return;
  const [field, label, why] = differs;
  throw conflict(
    { group: "", plural: kind, kind },
    metadata.name,
    `the ${label} in the precondition (${textOf(at(options, "preconditions", field))}) does not match the ${label} in record (${metadata[field] ?? ""}). The object might have been ${why}`,
  );
}

/** As the admission plugin NamespaceLifecycle keeps them. */
const immortal: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

/** DELETE of one object; answers it while a finalizer or its grace period keeps it. */
export async function removeObject(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { store, clock } = parts;
  const { resource, namespace, name } = target;
  const body = await readBody(exchange);
  const options = deleteOptions(body, exchange.query);
  if (resource.storage === namespaces.storage && immortal.has(name)) {
    throw forbidden(resource, name, "this namespace may not be deleted");
  }
  const current = store.get(resource, namespace, name);
  if (current === undefined) throw notFound(resource, name);
  assertPreconditions(resource, current, body);
  if (isDryDeletion(body, exchange.query)) return { code: 200, body: shown(current, resource) };
  const left = deleteObject(store, clock, resource, current, options);
  const warnings = warnedOfRemoval(resource, current);
  if (left.metadata.deletionTimestamp !== undefined)
    return { code: 200, body: shown(left, resource), warnings };
  return {
    code: 200,
    warnings,
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
    resource,
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
      items: found.map((object) => listed(object, resource)),
    },
  };
}
