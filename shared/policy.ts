import * as z from "zod/mini";
import { sha256Hex } from "./hash.ts";
import { DEFAULT_POLICY, DEFAULT_POLICY_SHA256 } from "./policy-default.ts";
import { Policy } from "./policy-schema.ts";
import { upgradePolicy } from "./policy-upgrade.ts";
import { readTextFile } from "./read-text-file.ts";

export type { Policy };

/** For a function that follows the policy. */
export const PolicyEnv = z.object({
  /** The mounted ConfigMap's file. Absent: the defaults, which are those of knative/base. */
  POLICY_FILE: z.optional(z.string().check(z.minLength(1))),
});

/**
 * The text that we ship, put into each bundle when it is built: to compare two texts takes nothing,
 * and the hash of one 4 ms of a process that has just started. Not there when run from the source.
 */
declare const DEFAULT_POLICY_TEXT: string | undefined;

/** A ConfigMap's own limit. */
const MAX_POLICY_CHARACTERS = 1024 * 1024;

/**
 * Reads the policy once, at start-up; without a file it is the default one.
 * @throws Error that lists every fault of the file.
 */
export async function readPolicy(file?: string): Promise<Policy> {
  if (file === undefined) return DEFAULT_POLICY;
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (error) {
    throw new Error(`no policy: ${(error as Error).message}`, { cause: error });
  }
  try {
    return await parsePolicy(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The policy that a text says, in YAML or JSON. The parser is loaded only for a text other than
 * the one we ship: it takes half the time of a bare start.
 * @throws Error that lists every fault.
 */
export async function parsePolicy(text: string): Promise<Policy> {
  if (isDefault(text)) return DEFAULT_POLICY;
  if (text.length > MAX_POLICY_CHARACTERS) throw new Error("invalid policy: more than 1 MiB");
  const result = Policy.safeParse(upgradePolicy(await parseYaml(text)), {
    error: ({ input }) => (input === undefined ? "is missing" : undefined),
  });
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap(toFaults);
  throw new Error(["invalid policy", ...faults.map((fault) => `  ${fault}`)].join("\n"));
}

function isDefault(text: string): boolean {
  const isBundled = typeof DEFAULT_POLICY_TEXT === "string";
  if (isBundled && text === DEFAULT_POLICY_TEXT) return true;
  return sha256Hex(text) === DEFAULT_POLICY_SHA256;
}

async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import("yaml");
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`invalid policy: ${(error as Error).message}`, { cause: error });
  }
}

function toFaults(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${toPath([...issue.path, key])}: unknown key`);
  }
  return [`${toPath(issue.path)}: ${issue.message}`];
}

function toPath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "policy" : path.map(String).join(".");
}
