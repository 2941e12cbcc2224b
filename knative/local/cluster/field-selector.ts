import { at, own, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import { badRequest } from "./status-error.ts";

type FieldRequirement = { field: string; equal: boolean; value: string };

/** Whose fields are asked for. */
export type Selectable = Pick<Resource, "group" | "plural" | "kind" | "builtin">;

const involved = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

/** Paths that a field selector may name, beside `metadata.name|namespace` (`conversion.go` of each group). */
const selectableFields: Readonly<Record<string, readonly string[]>> = {
  "pods.": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
  ],
  "replicationcontrollers.": ["status.replicas"],
  "nodes.": ["spec.unschedulable"],
  "namespaces.": ["status.phase"],
  "secrets.": ["type"],
  "services.": ["spec.clusterIP", "spec.type"],
  "jobs.batch": ["status.successful"],
  "events.": [
    ...involved.map((name) => `involvedObject.${name}`),
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "events.events.k8s.io": [
    ...involved.map((name) => `regarding.${name}`),
    "reason",
    "reportingController",
    "type",
  ],
};

/** Fields that are `false`, not empty, where the object does not say. */
const flags: ReadonlySet<string> = new Set(["spec.unschedulable", "spec.hostNetwork"]);

function unsupported(field: string, { group, plural, kind, builtin }: Selectable) {
  if (plural === "jobs" && group === "batch") {
    return badRequest(`field label "${field}" not supported for ${kind}`);
  }
  const hasOwn = own(selectableFields, `${plural}.${group}`) !== undefined;
  return badRequest(
    hasOwn || !builtin
      ? `field label not supported: ${field}`
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** At commas and signs that no backslash precedes. */
function termsOf(text: string): string[] {
  return text.match(/(?:\\.|[^,\\])+/g) ?? [];
}

function valueOf(text: string): string {
  const bare = /^(?:\\[\\,=]|[^\\,=])*/.exec(text)?.[0] ?? "";
  if (bare.length === text.length) return text.replaceAll(/\\(.)/g, "$1");
  const wrong = text.charCodeAt(bare.length);
  throw badRequest(`invalid field selector: unescaped character in value: ${wrong}`);
}

/**
 * Reads `metadata.name=x,status.phase!=Running`.
 * @throws StatusError 400 for a field that the kind does not offer.
 */
export function parseFieldSelector(text: string, resource: Selectable): FieldRequirement[] {
  const offered = [
    "metadata.name",
    "metadata.namespace",
    ...(own(selectableFields, `${resource.plural}.${resource.group}`) ?? []),
  ];
  return termsOf(text).flatMap((term) => {
    const match = /^([^=!]*)(==|=|!=)(.*)$/s.exec(term);
    if (match === null) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    const [, field = "", sign, rest = ""] = match;
    const value = valueOf(rest);
    if (field === "" && value === "") return [];
    if (!offered.includes(field)) throw unsupported(field, resource);
    return [{ field, equal: sign !== "!=", value }];
  });
}

function fieldOf(object: KubeObject, field: string): string {
  const path = field.replace(/^regarding\./, "involvedObject.");
  if (path === "source") return textOf(at(object, "source", "component"));
  if (path === "reportingController") return textOf(at(object, "reportingComponent"));
  const text = textOf(at(object, ...path.split(".")));
  return text === "" && flags.has(path) ? "false" : text;
}

export const matchesFields = (
  object: KubeObject,
  requirements: readonly FieldRequirement[],
): boolean =>
  requirements.every(({ field, equal, value }) => (fieldOf(object, field) === value) === equal);
