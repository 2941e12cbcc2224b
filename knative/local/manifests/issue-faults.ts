import type { z } from "zod";
import type { Fault } from "./fault.ts";
import type { Located } from "./load.ts";

/**
 * What a schema says of an object, as Knative's webhook writes it: one fault a field, and each with
 * the path of that field.
 */
export function issueFaults(issue: z.core.$ZodIssue, one: Located): Fault[] {
  const name = `${one.object.kind} ${one.object.metadata.name}`;
  return reasonsOf(issue).map(([path, reason]) => {
    const where = path.length === 0 ? "" : ` ${pathText(path)}:`;
    return { file: one.file, line: one.lineOf(path), message: `${name}:${where} ${reason}` };
  });
}

function reasonsOf(issue: z.core.$ZodIssue): [PropertyKey[], string][] {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys") {
    // A line for each key where the schema says why; zod's own text is one for all.
    const reasons = message.startsWith("Unrecognized key") ? [] : message.split("\n");
    return issue.keys.map((key, index) => [
      [...path, key],
      reasons[index] ?? "is an unknown field",
    ]);
  }
  // What is wrong with a key is one level down; zod's own text says no more than that it is wrong.
  if (issue.code === "invalid_key") return [[path, issue.issues[0]?.message ?? message]];
  if (message.endsWith(" received undefined")) return [[path, "is missing"]];
  const unquoted = /expected string, received (?:number|boolean)$/.test(message);
  return [[path, unquoted ? `${message}: put it in quotes` : message]];
}

/** `spec.filters[0].exact[aType]`, `metadata.annotations[knative.dev/dependency]` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part, index) => {
    const isKey = typeof part === "number" || isMap(path[index - 1]) || !/^\w+$/.test(String(part));
    if (isKey && text !== "") return `${text}[${String(part)}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** Fields with keys of the user's own. */
const MAPS = ["annotations", "labels", "attributes", "exact", "prefix", "suffix"];
const isMap = (field: PropertyKey | undefined): boolean => MAPS.includes(String(field));
