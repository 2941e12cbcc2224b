import { PermanentError } from "../../shared/errors.ts";
import { isValidLabelKey, isValidLabelValue } from "../../shared/kube/path.ts";

/** Longer ones do not fit the request line of common proxies. */
const MAX_SELECTOR_LENGTH = 4096;

/**
 * Checks a label selector as `kubectl -l` takes it: `a=b`, `a==b`, `a!=b`, `a`, `!a`,
 * `a in (b,c)`, `a notin (b,c)`, separated by commas. Answers it as it was.
 * @throws PermanentError INVALID_SELECTOR that quotes the part which cannot be read.
 */
export function parseSelector(text: string): string {
  if (text.length > MAX_SELECTOR_LENGTH) {
    throw invalid(`longer than ${MAX_SELECTOR_LENGTH} characters`);
  }
  for (const part of splitOutsideParentheses(text)) {
    if (!isRequirement(part.trim())) throw invalid(`cannot read ${JSON.stringify(part.trim())}`);
  }
  return text;
}

function isRequirement(part: string): boolean {
  const set = /^(\S+)\s+(?:in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set) return isValidLabelKey(set[1] ?? "") && (set[2] ?? "").split(",").every(isValue);
  const equality = /^([^\s=!]+)\s*(?:==|=|!=)\s*([^\s=!]*)$/.exec(part);
  if (equality) return isValidLabelKey(equality[1] ?? "") && isValue(equality[2] ?? "");
  return isValidLabelKey(part.replace(/^!\s*/, ""));
}

function isValue(text: string): boolean {
  return isValidLabelValue(text.trim());
}

function splitOutsideParentheses(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function invalid(detail: string): PermanentError {
  return new PermanentError("INVALID_SELECTOR", `the label selector is not valid: ${detail}`);
}
