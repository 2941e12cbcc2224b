import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../knative/local/cluster/kube-object.ts";
import type { Cluster } from "../../knative/local/cluster/start.ts";

/**
 * Applies the manifest of a step as it is in knative/base.
 * @returns a token of its service account, with the rights that the manifest gives it and no others
 */
export function accountToken(cluster: Cluster, step: string): string {
  const manifest = join(import.meta.dirname, "../../knative/base", `${step}.yaml`);
  const documents = parseAllDocuments(readFileSync(manifest, "utf8"));
  cluster.apply(documents.map((document) => document.toJS() as KubeObject));
  return cluster.tokenFor("vigie", step);
}
