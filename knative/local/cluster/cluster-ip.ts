import { createHash } from "node:crypto";
import type { KubeObject } from "./kube-object.ts";

/** An address of the service range that stays the same for the same Service. */
export function withClusterIp(object: KubeObject): KubeObject {
  const spec = Object(object["spec"] ?? {});
  if (spec.clusterIP !== undefined || spec.type === "ExternalName") return object;
  const digest = createHash("sha256")
    .update(`${object.metadata.namespace ?? ""}/${object.metadata.name}`)
    .digest();
  const clusterIP = `10.${96 + ((digest[0] ?? 0) % 16)}.${digest[1] ?? 0}.${1 + ((digest[2] ?? 0) % 254)}`;
  return { ...object, spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ...spec } };
}
