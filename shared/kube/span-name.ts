/**
 * The name of a request in a trace: the method and what it is about, without the names of objects
 * ("PATCH pods/resize", "GET namespaces"). "GET other" for a path that is no object's.
 */
export function spanName(method: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  // /api/<version>/…, /apis/<group>/<version>/…
  const rest = segments.slice(segments[0] === "api" ? 2 : 3);
  const isNamespaced = rest[0] === "namespaces" && rest.length > 2;
  const [resource = "other", , subresource] = isNamespaced ? rest.slice(2) : rest;
  return `${method} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
}
