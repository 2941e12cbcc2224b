import { storedAs, toStored } from "../autoscaler-v1.ts";
import { warned } from "../inert-kinds.ts";
import { at } from "../kube-object.ts";
import { assertMayCreate } from "../rbac.ts";
import { representOne } from "../represent.ts";
import type { Resource } from "../resource.ts";
import { methodNotAllowed, notFound } from "../status-error.ts";
import { misnamed } from "../write-identity.ts";
import { assertBody, readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { readFields } from "./field-validation.ts";
import { writtenPart } from "./object-target.ts";
import { assertVersion } from "./list-options.ts";
import type { ObjectParts, ObjectTarget } from "./object-target.ts";
import { patchObject } from "./patch-object.ts";
import { representationOf } from "./read.ts";
import { removeObject } from "./remove-object.ts";
import { representScale, scaleOf, scaled } from "./scale.ts";
import { assertWriteOptions, isDryRun, writerOf } from "./write-options.ts";

/** POST to a collection. */
export async function createObject(
  exchange: Exchange,
  resource: Resource,
  namespace: string,
  { writes, clock }: ObjectParts,
): Promise<Answer> {
  assertWriteOptions(exchange, "CreateOptions");
  const body = await readBody(exchange);
  assertBody(body, resource.kind);
  const { object, warnings } = readFields(exchange, body, resource);
  const created = writes.create(storedAs(resource), namespace, toStored(object, resource), {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query),
  });
  return {
    code: 201,
    body: representOne(created, resource, representationOf(exchange, clock.nowMs())),
    warnings: [...warnings, ...warned(resource, created)],
  };
}

/** Of a kind that a PUT to a name without an object creates. */
function createNamed(
  exchange: Exchange,
  { resource, namespace, name }: ObjectTarget,
  body: unknown,
  { writes, clock }: ObjectParts,
): Answer {
  const { object, warnings } = readFields(exchange, body, resource);
  if (at(body, "metadata", "name") !== name) throw misnamed(at(body, "metadata", "name"), name);
  const created = writes.create(resource, namespace, object, {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query),
  });
  const answer = representOne(created, resource, representationOf(exchange, clock.nowMs()));
  return { code: 201, body: answer, warnings: [...warnings, ...warned(resource, created)] };
}

async function replaceObject(
  exchange: Exchange,
  target: ObjectTarget,
  parts: ObjectParts,
): Promise<Answer> {
  const { store, clock, writes } = parts;
  const { resource, namespace, name, subresource } = target;
  assertWriteOptions(exchange, "UpdateOptions");
  const body = await readBody(exchange);
  assertBody(body, subresource === "scale" ? "Scale" : resource.kind);
  const current = store.get(resource, namespace, name);
  if (current === undefined) {
    if (!resource.createdByUpdate || subresource !== "") throw notFound(resource, name);
    assertMayCreate(store, exchange.user, target);
    return createNamed(exchange, target, body, parts);
  }
  const options = {
    writer: writerOf(exchange, clock, "Update"),
    dryRun: isDryRun(exchange.query),
  };
  if (subresource === "scale") {
    const next = scaled(current, resource, body);
    const writer = { ...options.writer, subresource };
    const written = writes.update(resource, current, next, "", false, { ...options, writer });
    return { code: 200, body: scaleOf(written, resource) };
  }
  const { object, warnings } = readFields(exchange, body, resource);
  const part = writtenPart(subresource);
  const given = toStored(object, resource);
  const updated = writes.update(storedAs(resource), current, given, part, false, options);
  return {
    code: 200,
    body: representOne(updated, resource, representationOf(exchange, clock.nowMs())),
    warnings: [...warnings, ...warned(resource, updated, current)],
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
    case "GET": {
      assertVersion(exchange.query, parts.store.version);
      const found = parts.store.get(resource, namespace, name);
      if (found === undefined) throw notFound(resource, name);
      const representation = representationOf(exchange, parts.clock.nowMs());
      const body =
        subresource === "scale"
          ? representScale(found, resource, representation)
          : representOne(found, resource, representation);
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
