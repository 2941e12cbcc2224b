import { PermanentError } from "../errors.ts";

/** RFC 1123 label. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const MAX_NAME_LENGTH = 253;

/** Of label values and of the name part of keys: empty is dealt with by the callers. */
const LABEL_PART = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const MAX_LABEL_PART_LENGTH = 63;

/**
 * A name from outside as one segment of a URL path: a DNS subdomain needs no escaping.
 * @throws PermanentError INVALID_NAME for whatever Kubernetes would not have given as a name.
 */
export function pathSegment(name: string): string {
  if (isDnsSubdomain(name)) return name;
  const shown = JSON.stringify(name.slice(0, 80));
  throw new PermanentError("INVALID_NAME", `${shown} is not a Kubernetes name`);
}

/** The form of the names of pods, namespaces, nodes and workloads. */
function isDnsSubdomain(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && name.split(".").every((part) => DNS_LABEL.test(part));
}

/** Up to 63 letters, digits, `-`, `_`, `.`, with a letter or digit at both ends; or empty. */
export function isValidLabelValue(value: string): boolean {
  return value === "" || isLabelPart(value);
}

/** `[prefix/]name`: the prefix is a DNS subdomain. */
export function isValidLabelKey(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash === -1) return isLabelPart(key);
  return isDnsSubdomain(key.slice(0, slash)) && isLabelPart(key.slice(slash + 1));
}

function isLabelPart(text: string): boolean {
  return text.length <= MAX_LABEL_PART_LENGTH && LABEL_PART.test(text);
}
