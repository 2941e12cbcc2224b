import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../knative/local/cluster/kube-object.ts";

const BASE = join(import.meta.dirname, "..", "knative/base");

/** The namespace of the functions and the ConfigMaps that they keep their books in, as knative/base creates them. */
export function bookObjects(manifests: readonly string[]): KubeObject[] {
  return ["namespace", ...manifests]
    .flatMap((name) => parseAllDocuments(readFileSync(join(BASE, `${name}.yaml`), "utf8")))
    .map((document) => document.toJS() as KubeObject)
    .filter(({ kind }) => kind === "Namespace" || kind === "ConfigMap");
}
