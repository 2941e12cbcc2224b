/** One range of an Accept header: `application/json` and its parameters, without `q`. */
export type AcceptedRange = { type: string; parameters: readonly string[] };

/** The ranges of an Accept header, those wanted most first; one that says nothing takes anything. */
export function acceptedRanges(accept: string | undefined): AcceptedRange[] {
  if (accept === undefined || accept.trim() === "") return [{ type: "*/*", parameters: [] }];
  const ranges = accept.split(",").map((range) => {
    const [type = "", ...given] = range.split(";").map((part) => part.trim());
    const quality = Number(given.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
    return { type, parameters: given.filter((part) => !part.startsWith("q=")), quality };
  });
  return ranges.toSorted((left, right) => right.quality - left.quality);
}

const jsonTypes: ReadonlySet<string> = new Set(["application/json", "application/*", "*/*"]);
const yamlType = "application/yaml";

const isJson = ({ type }: AcceptedRange): boolean => jsonTypes.has(type);

/** Whether the range that is served is YAML: the first of these two that is named. */
export const wantsYaml = (accept: string | undefined): boolean =>
  acceptedRanges(accept).find((range) => isJson(range) || range.type === yamlType)?.type ===
  yamlType;

/** Of a range: it can be answered, as JSON or as YAML. */
export const isServed = (range: AcceptedRange): boolean => isJson(range) || range.type === yamlType;

const discoveryParameters = ["as=APIGroupDiscoveryList", "g=apidiscovery.k8s.io", "v=v2"];

/** Whether all of discovery is asked for in one answer (KEP-3352), before the plain one. */
export function wantsAggregated(accept: string | undefined): boolean {
  for (const { type, parameters } of acceptedRanges(accept).filter(isServed)) {
    if (type === yamlType || !parameters.some((part) => part.startsWith("as="))) return false;
    if (discoveryParameters.every((part) => parameters.includes(part))) return true;
  }
  return false;
}

/** The media type of that answer. */
export const aggregatedType =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
