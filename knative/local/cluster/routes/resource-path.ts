import { flag } from "./list-options.ts";

/** A path below `/api/v1` or `/apis/<group>/<version>`. */
export type ResourcePath = {
  group: string;
  version: string;
  namespace: string | undefined;
  plural: string;
  name: string;
  subresource: string;
};

/** The parts of a path; null for one of another form. */
export function resourcePath(segments: readonly string[]): ResourcePath | null {
  const isCore = segments[0] === "api";
  const rest = segments.slice(isCore ? 2 : 3);
  const group = isCore ? "" : (segments[1] ?? "");
  const version = (isCore ? segments[1] : segments[2]) ?? "";
  const [first, second, third] = rest;
  if (first === undefined || rest.length > 5) return null;
  const isScoped =
    first === "namespaces" &&
    second !== undefined &&
    third !== undefined &&
    !(group === "" && rest.length === 3 && (third === "status" || third === "finalize"));
  const [plural = "", name = "", subresource = ""] = isScoped ? rest.slice(2) : rest;
  if (rest.length > (isScoped ? 5 : 3)) return null;
  return { group, version, namespace: isScoped ? second : undefined, plural, name, subresource };
}

/** What RBAC calls the request. */
export function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      // Of one object there is no watch: who asks for one gets it as it is.
      if (name !== "") return "get";
      return flag(query.get("watch")) ? "watch" : "list";
  }
}

/** The one object that a list, watch or deletion of a collection is about; "" when it is about more. */
export function nameAsked(method: string, query: URLSearchParams): string {
  if (method !== "GET" && method !== "HEAD" && method !== "DELETE") return "";
  const selector = query.get("fieldSelector") ?? "";
  return /^metadata\.name==?([^,=!\\]+)$/.exec(selector)?.[1] ?? "";
}
