import { toObject } from "../admission.ts";
import { storedAs, toStored } from "../autoscaler-v1.ts";
import { goText } from "../go-text.ts";
import { warned } from "../inert-kinds.ts";
import { isRecord } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { applyPatch } from "../patch/apply-patch.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { shapeOf } from "../patch/shape.ts";
import { strategicMergePatch } from "../patch/strategic-merge.ts";
import { assertMayCreate } from "../rbac.ts";
import { representOne, shown } from "../represent.ts";
import { apiVersionOf } from "../resource.ts";
import type { Resource } from "../resource.ts";
import { StatusError, badRequest, conflict, notFound } from "../status-error.ts";
import { mediaTypeOf, readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { readApplied, readPatched } from "./field-validation.ts";
import { flag } from "./list-options.ts";
import { writtenPart } from "./object-target.ts";
import type { ObjectParts, ObjectTarget } from "./object-target.ts";
import { representationOf } from "./read.ts";
import { scaleOf, scaled } from "./scale.ts";
import { assertWriteOptions, isDryRun, writerOf } from "./write-options.ts";

const jsonPatchType = "application/json-patch+json";
const mergePatchType = "application/merge-patch+json";
const strategicType = "application/strategic-merge-patch+json";
const applyType = "application/apply-patch+yaml";

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
  const body = await readBody(exchange, accepted);
  if (body === undefined) throw badRequest("error decoding patch: unexpected end of JSON input");
  return body;
}

function patched(current: unknown, patch: unknown, mediaType: string): unknown {
  switch (mediaType) {
    case jsonPatchType:
      return jsonPatch(current, patch);
    case mergePatchType:
      if (!isRecord(patch)) {
        const found = Array.isArray(patch) ? "array" : typeof patch;
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
        );
      }
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
  { store, writes, clock }: ObjectParts,
): { code: number; object: KubeObject } {
  const { resource, namespace, name, subresource } = target;
  const { query } = exchange;
  const given = toObject(body, resource, apiVersionOf(resource));
  const config = { ...given, metadata: { ...given.metadata, name: given.metadata.name || name } };
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
  const options = { writer, dryRun: isDryRun(query) };
  const merged = applyPatch(current, config, writer, {
    force: flag(query.get("force")),
    shape: shapeOf(resource),
  });
  if (current === undefined) {
    if (subresource !== "") throw notFound(resource, name);
    assertMayCreate(store, exchange.user, target);
    const named = {
      ...merged,
      metadata: { ...merged.metadata, name: merged.metadata.name || name },
    };
    return { code: 201, object: writes.create(resource, namespace, named, options) };
  }
  return {
    code: 200,
    object: writes.update(resource, current, merged, writtenPart(subresource), true, options),
  };
}

/** PATCH of an object or of its status, scale or resize, in the four media types of Kubernetes. */
export async function patchObject(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { store, clock, writes } = parts;
  const { resource, namespace, name, subresource } = target;
  const mediaType = mediaTypeOf(exchange.request);
  const body = await patchBody(exchange, resource);
  assertWriteOptions(exchange, "PatchOptions", mediaType === applyType);
  const current = store.get(resource, namespace, name);
  const representation = representationOf(exchange, clock.nowMs());
  if (mediaType === applyType && subresource !== "scale") {
    const read = readApplied(body, resource, name);
    const stored = { ...target, resource: storedAs(resource) };
    const config = toStored(read, resource);
    const { code, object } = applied(exchange, stored, current, config, parts);
    const answer = representOne(object, resource, representation);
    return { code, body: answer, warnings: warned(resource, object, current) };
  }
  if (current === undefined) throw notFound(resource, name);
  const options = {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query),
  };
  if (subresource === "scale") {
    const type = mediaType === applyType ? mergePatchType : mediaType;
    const scale = patched(scaleOf(current, resource), body, type);
    const next = scaled(current, resource, scale);
    const writer = { ...options.writer, subresource };
    const written = writes.update(resource, current, next, "", true, { ...options, writer });
    return { code: 200, body: scaleOf(written, resource) };
  }
  const next = patched(shown(current, resource), body, mediaType);
  const told = mediaType === strategicType ? goText(body) : JSON.stringify(next);
  const { object, warnings } = readPatched(exchange, next, resource, told);
  const given = toStored(object, resource);
  const part = writtenPart(subresource);
  const updated = writes.update(storedAs(resource), current, given, part, true, options);
  const answer = representOne(updated, resource, representation);
  return {
    code: 200,
    body: answer,
    warnings: [...warnings, ...warned(resource, updated, current)],
  };
}
