import type { Owner } from "../../../shared/events/load.ts";
import type { ContainerChange, Share } from "../../../shared/events/change.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import type { Marks } from "./marks.ts";
import type { Target } from "./target.ts";
import { type Place, placeOf, readTemplate } from "./template.ts";

type Patch = Pick<KubeRequest, "body" | "contentType">;

/** What is written: one side of the changes, with what is marked beside the template. */
export type TemplateWrite = {
  resource: Resource;
  changes: readonly ContainerChange[];
  side: "before" | "after";
  marks: Marks;
};

type Operation = { op: "test" | "add" | "replace" | "remove"; path: string; value?: unknown };

/**
 * The patch that writes sizes into a template and its reason beside it, in one request, to exactly
 * the object that was read. Only fields that change are named, so only those become ours. A sentence
 * when the template cannot be written.
 */
export function templatePatch(owner: Owner, target: Target, write: TemplateWrite): Patch | string {
  const found = readTemplate(owner, target);
  if (typeof found === "string") return found;
  const { kind, template } = found;
  const path = kind.template ?? [];
  const places = write.changes.map((change) => ({ change, place: placeOf(template, change) }));
  const missing = places.find(({ place }) => place === null);
  if (missing !== undefined) return `container ${missing.change.container} is not in the template`;
  const known = places.flatMap(({ change, place }) =>
    place === null ? [] : [{ place, share: change[write.side] }],
  );
  return kind.isCustom ? json(target, path, known, write) : strategic(target, path, known, write);
}

type Known = readonly { place: Place; share: Share }[];

/** Merges containers by their names. */
function strategic(
  { metadata: { uid, resourceVersion } }: Target,
  path: readonly string[],
  known: Known,
  { resource, marks }: TemplateWrite,
): Patch {
  const of = (list: Place["list"]) =>
    known
      .filter(({ place }) => place.list === list)
      .map(({ place: { container }, share }) => ({
        name: container.name,
        resources: {
          ...part("requests", share.request, container.resources?.requests),
          ...part("limits", share.limit, container.resources?.limits),
        },
      }));
  // null takes a key away, which must be there.
  function part(name: string, wanted: string | null, old: object | undefined): object {
    const isThere = Object.hasOwn(old ?? {}, resource);
    return wanted === null && !isThere ? {} : { [name]: { [resource]: wanted } };
  }
  const [containers, initContainers] = [of("containers"), of("initContainers")];
  const podSpec = {
    ...(containers.length === 0 ? {} : { containers }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
  };
  const nested = [...path, "spec"].reduceRight<object>((inner, key) => ({ [key]: inner }), podSpec);
  return {
    contentType: "application/strategic-merge-patch+json",
    body: {
      metadata: { uid, resourceVersion, ...marks },
      ...(known.length === 0 ? {} : nested),
    },
  };
}

/** A test that fails answers 422: whoever sends it looks whether the object has changed. */
function json(
  { metadata }: Target,
  path: readonly string[],
  known: Known,
  { resource, marks }: TemplateWrite,
): Patch {
  const { uid, resourceVersion } = metadata;
  const operations: Operation[] = [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
  for (const field of ["annotations", "labels"] as const) {
    operations.push(...marking(field, metadata[field], marks[field]));
  }
  for (const { place, share } of known) {
    const { list, index, container } = place;
    const at = [...path, "spec", list, String(index)];
    if (container.name !== "") {
      operations.push({ op: "test", path: pointer(...at, "name"), value: container.name });
    }
    if (container.resources === undefined) {
      operations.push({ op: "add", path: pointer(...at, "resources"), value: {} });
    }
    for (const [part, wanted] of [
      ["requests", share.request],
      ["limits", share.limit],
    ] as const) {
      const old = container.resources?.[part];
      const key = pointer(...at, "resources", part, resource);
      const was = old?.[resource];
      if (was !== undefined) operations.push({ op: "test", path: key, value: was });
      if (wanted === null) {
        if (was !== undefined) operations.push({ op: "remove", path: key });
        continue;
      }
      if (old === undefined) {
        operations.push({ op: "add", path: pointer(...at, "resources", part), value: {} });
      }
      operations.push({ op: was === undefined ? "add" : "replace", path: key, value: wanted });
    }
  }
  return { contentType: "application/json-patch+json", body: operations };
}

/** What has no field yet gets one; what is not there cannot be taken away. */
function marking(
  field: keyof Marks,
  known: Readonly<Record<string, string>> | undefined,
  wanted: Marks[keyof Marks],
): Operation[] {
  const changes = Object.entries(wanted).flatMap(([key, value]): Operation[] => {
    const path = pointer("metadata", field, key);
    if (value !== null) return [{ op: "add", path, value }];
    return known !== undefined && Object.hasOwn(known, key) ? [{ op: "remove", path }] : [];
  });
  const isNew = known === undefined && changes.length > 0;
  return isNew ? [{ op: "add", path: `/metadata/${field}`, value: {} }, ...changes] : changes;
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function pointer(...segments: readonly string[]): string {
  return segments
    .map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
