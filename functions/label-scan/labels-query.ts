import { AppError, PermanentError } from "../../shared/errors.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import { Format, Kind, type Scope } from "./contract.ts";
import { parseSelector } from "./selector.ts";

/** Each is a list call or more of its own. */
const MAX_NAMESPACES = 100;

/** What is wrong with the query: the asker's to mend. */
export class BadQuery extends PermanentError {}

export type LabelsQuery = { format: Format; scope: Scope };

const PARAMETERS = ["format", "kind", "selector", "namespace"];

/**
 * `preferred` is the form where none is named. A parameter that is not known would pass for a
 * narrower scope than what is answered.
 * @throws BadQuery with a code for the parameter that is not valid.
 */
export function parseQuery(query: URLSearchParams, preferred: Format = "text"): LabelsQuery {
  for (const name of new Set(query.keys())) {
    if (!PARAMETERS.includes(name)) {
      const known = PARAMETERS.join(", ");
      const shown = JSON.stringify(name.slice(0, 80));
      throw new BadQuery("INVALID_QUERY", `there is no parameter ${shown}, only ${known}`);
    }
    if (name !== "namespace" && query.getAll(name).length > 1) {
      throw new BadQuery("INVALID_QUERY", `${name} may be given once`);
    }
  }
  const format = Format.safeParse(query.get("format") ?? preferred);
  if (!format.success) {
    throw new BadQuery("INVALID_FORMAT", `format is one of ${Format.options.join(", ")}`);
  }
  const kind = Kind.safeParse(query.get("kind") ?? undefined);
  if (query.has("kind") && !kind.success) {
    throw new BadQuery("INVALID_KIND", `kind is one of ${Kind.options.join(", ")}`);
  }
  const namespaces = query
    .getAll("namespace")
    .flatMap((names) => names.split(","))
    .filter((namespace) => namespace !== "");
  if (kind.data === "nodes" && namespaces.length > 0) {
    throw new BadQuery("INVALID_KIND", "nodes are in no namespace");
  }
  if (namespaces.length > MAX_NAMESPACES) {
    throw new BadQuery("INVALID_NAME", `at most ${MAX_NAMESPACES} namespaces at a time`);
  }
  const selector = query.get("selector");
  try {
    for (const namespace of namespaces) pathSegment(namespace);
    const scope: Scope = {
      namespaces,
      ...(kind.success ? { kind: kind.data } : {}),
      ...(selector ? { selector: parseSelector(selector) } : {}),
    };
    return { format: format.data, scope };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new BadQuery(cause.code, cause.message, { cause });
  }
}

/** For the head of the answer. */
export function describeScope({ selector, namespaces, kind }: Scope): string {
  const what = kind ?? "pods";
  const which = selector === undefined ? `all ${what}` : `${what} with ${selector}`;
  if (kind === "nodes") return which;
  return `${which} in ${namespaces.length === 0 ? "all namespaces" : namespaces.toSorted().join(", ")}`;
}
