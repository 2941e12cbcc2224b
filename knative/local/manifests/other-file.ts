import { isRecord } from "../cluster/kube-object.ts";

/**
 * Why a YAML file of a folder is none of Kubernetes', by its documents; null when it may be one.
 * A tool's own file beside the manifests (func.yaml, values.yaml, compose.yaml) is left out by name,
 * where kubectl refuses the folder.
 */
export function otherFileReason(documents: readonly unknown[]): string | null {
  if (documents.length === 0 || !documents.every(isRecord)) return null;
  const [first] = documents as Record<string, unknown>[];
  if (first === undefined) return null;
  if (isText(first["apiVersion"], /^skaffold\//)) return "is skaffold's";
  const isChart = isText(first["apiVersion"], /^v[12]$/) && isText(first["version"], /./);
  if (isChart && first["kind"] === undefined) return "is a chart of Helm";
  if (documents.some((one) => "apiVersion" in one || "kind" in one)) return null;
  if ("specVersion" in first && "runtime" in first) {
    return "is a project of kn func, which makes a Service of it when it deploys";
  }
  return "has no object of Kubernetes in it";
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}
