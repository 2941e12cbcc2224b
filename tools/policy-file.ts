import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
// Loads the words for what is wrong with a field.
import "../shared/parse.ts";
import { parsePolicy, type Policy } from "../shared/policy.ts";

/** The key of the ConfigMap in knative/base. */
const KEY = "policy.yaml";

/**
 * The policy in a file: its text itself, or a manifest with a ConfigMap that holds it.
 * @throws Error that lists every fault, each with its path.
 */
export async function readPolicyFile(file: string): Promise<Policy> {
  const text = await readFile(file, "utf8");
  try {
    return await parsePolicy(inConfigMap(text) ?? text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** null when it is no such manifest; what is wrong with it as YAML is for the policy's parser to say. */
function inConfigMap(text: string): string | null {
  for (const document of parseAllDocuments(text)) {
    if (document.errors.length > 0) return null;
    const object: unknown = document.toJS();
    if (!isFields(object) || object["kind"] !== "ConfigMap" || !isFields(object["data"])) continue;
    const policy = object["data"][KEY];
    if (typeof policy === "string") return policy;
  }
  return null;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
