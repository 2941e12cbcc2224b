import { toTime } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { deleteObject } from "../deletion.ts";
import type { Propagation } from "../deletion.ts";
import { at, isRecord } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { toObject } from "../admission.ts";
import { applyPatch } from "../patch/apply-patch.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import type { Writer } from "../patch/managed-fields.ts";
import { strategicMergePatch } from "../patch/strategic-merge.ts";
import { representOne, shown } from "../represent.ts";
import { apiVersionOf } from "../resources.ts";
import type { Resource } from "../resources.ts";
import { parseFilter } from "../selectors.ts";
import { StatusError, badRequest, conflict, methodNotAllowed, notFound } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Writes } from "../writes.ts";
import { mediaTypeOf, readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { representationOf } from "./read.ts";
import { scaleOf, scaled } from "./scale.ts";

export type ObjectTarget = {
  resource: Resource;
  namespace: string;
  name: string;
  subresource: string;
};

export type ObjectParts = { store: Store; clock: Clock; writes: Writes };

const jsonPatchType = "application/json-patch+json";
const mergePatchType = "application/merge-patch+json";
const strategicType = "application/strategic-merge-patch+json";
const applyType = "application/apply-patch+yaml";

function writerOf(
  { request, query }: Exchange,
  clock: Clock,
  operation: "Apply" | "Update",
): Writer {
  const agent = (request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  const manager = query.get("fieldManager") ?? agent;
  if (manager.length > 128) throw badRequest("fieldManager may not be longer than 128 characters");
  return { manager, operation, time: toTime(clock.nowMs()) };
}

function isDryRun(value: string | null): boolean {
  if (value === null || value === "") return false;
  if (value !== "All")
    throw badRequest(`invalid dryRun: ${JSON.stringify(value)}: supported value is "All"`);
  return true;
}

const narrow = (subresource: string): "" | "status" | "resize" =>
  subresource === "status" || subresource === "resize" ? subresource : "";

export async function createObject(
  exchange: Exchange,
  resource: Resource,
  namespace: string,
  { writes, clock }: ObjectParts,
): Promise<Answer> {
  const body = await readBody(exchange);
  const created = writes.create(resource, namespace, body ?? {}, {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query.get("dryRun")),
  });
  return {
    code: 201,
    body: representOne(created, resource, representationOf(exchange, clock.nowMs())),
  };
}

async function patchBody(exchange: Exchange, resource: Resource): Promise<unknown> {
  const accepted = [
    jsonPatchType,
    mergePatchType,
    ...(resource.builtin ? [strategicType] : []),
    applyType,
  ];
  if (!accepted.includes(mediaTypeOf(exchange.request))) {
    throw new StatusError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
    );
  }
  return (await readBody(exchange, accepted)) ?? {};
}

function patched(current: unknown, patch: unknown, mediaType: string): unknown {
  switch (mediaType) {
    case jsonPatchType:
      return jsonPatch(current, patch);
    case mergePatchType:
      if (!isRecord(patch)) throw badRequest("error decoding patch: expected an object");
      return mergePatch(current, patch);
    default:
      return strategicMergePatch(isRecord(current) ? current : {}, patch);
  }
}

/** Stored when absent (201): the hazard of server-side apply. */
function applied(
  exchange: Exchange,
  target: ObjectTarget,
  current: KubeObject | undefined,
  body: unknown,
  { writes, clock }: ObjectParts,
): { code: number; object: KubeObject } {
  const { resource, namespace, name, subresource } = target;
  const { query } = exchange;
  if ((query.get("fieldManager") ?? "") === "") {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const config = toObject(body, resource, apiVersionOf(resource));
  if (config.metadata.managedFields !== undefined) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const { uid } = config.metadata;
  if (uid !== undefined && uid !== current?.metadata.uid) {
    throw conflict(
      resource,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  }
  const writer = {
    ...writerOf(exchange, clock, "Apply"),
    ...(subresource === "" ? {} : { subresource }),
  };
  const options = { writer, dryRun: isDryRun(query.get("dryRun")) };
  const merged = applyPatch(current, config, writer, query.get("force") === "true");
  if (current === undefined) {
    if (subresource !== "") throw notFound(resource, name);
    const named = {
      ...merged,
      metadata: { ...merged.metadata, name: merged.metadata.name || name },
    };
    return { code: 201, object: writes.create(resource, namespace, named, options) };
  }
  return {
    code: 200,
    object: writes.update(resource, current, merged, narrow(subresource), true, options),
  };
}

async function patchObject(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { store, clock, writes } = parts;
  const { resource, namespace, name, subresource } = target;
  const body = await patchBody(exchange, resource);
  const mediaType = mediaTypeOf(exchange.request);
  const current = store.get(resource, namespace, name);
  const representation = representationOf(exchange, clock.nowMs());
  if (mediaType === applyType && subresource !== "scale") {
    const { code, object } = applied(exchange, target, current, body, parts);
    return { code, body: representOne(object, resource, representation) };
  }
  if (current === undefined) throw notFound(resource, name);
  const options = {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query.get("dryRun")),
  };
  if (subresource === "scale") {
    const type = mediaType === applyType ? mergePatchType : mediaType;
    const scale = patched(scaleOf(current), body, type);
    const next = scaled(current, resource, scale);
    return { code: 200, body: scaleOf(writes.update(resource, current, next, "", true, options)) };
  }
  const next = patched(shown(current, resource), body, mediaType);
  const updated = writes.update(resource, current, next, narrow(subresource), true, options);
  return { code: 200, body: representOne(updated, resource, representation) };
}

async function replaceObject(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { store, clock, writes } = parts;
  const { resource, namespace, name, subresource } = target;
  const body = await readBody(exchange);
  const current = store.get(resource, namespace, name);
  if (current === undefined) throw notFound(resource, name);
  const options = {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query.get("dryRun")),
  };
  if (subresource === "scale") {
    const next = scaled(current, resource, body);
    return { code: 200, body: scaleOf(writes.update(resource, current, next, "", false, options)) };
  }
  const updated = writes.update(resource, current, body, narrow(subresource), false, options);
  return {
    code: 200,
    body: representOne(updated, resource, representationOf(exchange, clock.nowMs())),
  };
}

function deleteOptions(body: unknown, query: URLSearchParams) {
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

async function removeObject(
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
  if (isDryRun(exchange.query.get("dryRun"))) return { code: 200, body: shown(current, resource) };
  const left = deleteObject(store, clock, resource, current, options);
  if (left.metadata.deletionTimestamp !== undefined)
    return { code: 200, body: shown(left, resource) };
  return {
    code: 200,
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
  const options = deleteOptions(await readBody(exchange), query);
  const filter = parseFilter(
    query.get("labelSelector") ?? "",
    query.get("fieldSelector") ?? "",
    resource.plural,
  );
  const found = store.objects(resource, namespace).filter(filter);
  if (!isDryRun(query.get("dryRun"))) {
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

/** GET, PUT, PATCH and DELETE of one object or of its status, scale and resize. */
export async function objectRoute(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { resource, namespace, name, subresource } = target;
  switch (exchange.method) {
    case "GET":
    case "HEAD": {
      const found = parts.store.get(resource, namespace, name);
      if (found === undefined) throw notFound(resource, name);
      const body =
        subresource === "scale"
          ? scaleOf(found)
          : representOne(found, resource, representationOf(exchange, parts.clock.nowMs()));
      return { code: 200, body };
    }
    case "PATCH":
      return patchObject(exchange, target, parts);
    case "PUT":
      return replaceObject(exchange, target, parts);
    case "DELETE":
      if (subresource === "") return removeObject(exchange, target, parts);
      throw methodNotAllowed();
    default:
      throw methodNotAllowed();
  }
}
