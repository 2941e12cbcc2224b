import { labelOf, meets } from "../../../shared/kube/label-selector.ts";
import { at, own, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { badRequest } from "./status-error.ts";

export type LabelRequirement = {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: readonly string[];
};

const labelKey =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function checked(key: string, values: readonly string[], text: string): void {
  if (!labelKey.test(key) || values.some((value) => !labelValue.test(value))) {
    throw badRequest(`unable to parse requirement: invalid label selector ${JSON.stringify(text)}`);
  }
}

/** Splits at commas that are not inside parentheses. */
const splitTerms = (text: string): string[] => text.match(/[^,(]*(\([^)]*\))?[^,]*/g) ?? [];

function parseTerm(term: string, text: string): LabelRequirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  const order = /^([^\s=!<>]+)\s*([<>])\s*(\d{1,19})$/.exec(term);
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  const presence = /^(!?)\s*([^\s=!()]+)$/.exec(term);
  let requirement: LabelRequirement | undefined;
  if (set?.[1] !== undefined) {
    requirement = {
      key: set[1],
      operator: set[2] === "in" ? "In" : "NotIn",
      values: (set[3] ?? "").split(",").map((value) => value.trim()),
    };
  } else if (order?.[1] !== undefined) {
    requirement = {
      key: order[1],
      operator: order[2] === ">" ? "Gt" : "Lt",
      values: [order[3] ?? ""],
    };
  } else if (equality?.[1] !== undefined) {
    requirement = {
      key: equality[1],
      operator: equality[2] === "!=" ? "NotIn" : "In",
      values: [equality[3] ?? ""],
    };
  } else if (presence?.[2] !== undefined) {
    requirement = {
      key: presence[2],
      operator: presence[1] === "!" ? "DoesNotExist" : "Exists",
      values: [],
    };
  }
  if (requirement === undefined) {
    throw badRequest(`unable to parse requirement: found ${JSON.stringify(term)} in the selector`);
  }
  checked(requirement.key, requirement.values, text);
  return requirement;
}

/**
 * Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<9`; "" selects everything.
 * @throws StatusError 400 for anything else.
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  if (text.length > 65_536) throw badRequest("the label selector is too long");
  return splitTerms(text)
    .map((term) => term.trim())
    .filter((term) => term !== "")
    .map((term) => parseTerm(term, text));
}

export const matchesLabels = (
  labels: Readonly<Record<string, string>> | undefined,
  requirements: readonly LabelRequirement[],
): boolean => requirements.every((line) => meets(labelOf(labels, line.key), line));

type FieldRequirement = { field: string; equal: boolean; value: string };

/** Paths of one kind that a field selector may name, beside `metadata.name|namespace`. */
const selectableFields: Readonly<Record<string, readonly string[]>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  nodes: ["spec.unschedulable"],
  namespaces: ["status.phase"],
  secrets: ["type"],
  jobs: ["status.successful"],
  replicasets: ["status.replicas"],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "reason",
    "reportingComponent",
    "reportingController",
    "source",
    "type",
  ],
};

/**
 * Reads `metadata.name=x,status.phase!=Running`.
 * @throws StatusError 400 for a field that the kind does not offer.
 */
function parseFieldSelector(text: string, plural: string): FieldRequirement[] {
  const offered = ["metadata.name", "metadata.namespace", ...(own(selectableFields, plural) ?? [])];
  return text
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
      if (match?.[1] === undefined) {
        throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      }
      if (!offered.includes(match[1])) {
        throw badRequest(`field label not supported: ${match[1]}`);
      }
      return { field: match[1], equal: match[2] !== "!=", value: match[3] ?? "" };
    });
}

function fieldOf(object: KubeObject, field: string): string {
  const path = field.replace(/^regarding\./, "involvedObject.");
  if (path === "source") return textOf(at(object, "source", "component"));
  if (path === "reportingController") return textOf(at(object, "reportingComponent"));
  const value = at(object, ...path.split("."));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : path === "spec.unschedulable"
      ? "false"
      : "";
}

const matchesFields = (object: KubeObject, requirements: readonly FieldRequirement[]): boolean =>
  requirements.every(({ field, equal, value }) => (fieldOf(object, field) === value) === equal);

/** What a list or a watch lets through. */
export type ObjectFilter = (object: KubeObject) => boolean;

export function parseFilter(
  labelSelector: string,
  fieldSelector: string,
  plural: string,
): ObjectFilter {
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector, plural);
  return (object) => matchesLabels(object.metadata.labels, labels) && matchesFields(object, fields);
}

/** A `metav1.LabelSelector` of a workload as requirements; null when it is absent. */
export function requirementsOf(selector: unknown): LabelRequirement[] | null {
  if (typeof selector !== "object" || selector === null) return null;
  const matchLabels = Object.entries(at(selector, "matchLabels") ?? {}).map(([key, value]) => ({
    key,
    operator: "In" as const,
    values: [String(value)],
  }));
  const expressions = at(selector, "matchExpressions");
  const matchExpressions = (Array.isArray(expressions) ? expressions : []).flatMap(
    (expression): LabelRequirement[] => {
      const operator = at(expression, "operator");
      if (
        operator !== "In" &&
        operator !== "NotIn" &&
        operator !== "Exists" &&
        operator !== "DoesNotExist"
      ) {
        return [];
      }
      const values = at(expression, "values");
      return [
        {
          key: String(at(expression, "key")),
          operator,
          values: Array.isArray(values) ? values.map(String) : [],
        },
      ];
    },
  );
  return [...matchLabels, ...matchExpressions];
}
