import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { sha256Hex } from "../shared/hash.ts";
import { DEFAULT_POLICY_SHA256 } from "../shared/policy-default.ts";

const MANIFEST = join(import.meta.dirname, "../knative/base/policy.yaml");

/**
 * The policy of knative/base as the ConfigMap mounts it. null when it is not what the defaults were
 * made of, and where the manifests are not at hand: an image is built without, as a pod's own start
 * takes a hundred times what the text saves.
 */
export function defaultPolicyText(): string | null {
  if (!existsSync(MANIFEST)) return null;
  const { data } = parse(readFileSync(MANIFEST, "utf8")) as { data: Record<string, string> };
  const text = data["policy.yaml"] ?? "";
  return sha256Hex(text) === DEFAULT_POLICY_SHA256 ? text : null;
}
