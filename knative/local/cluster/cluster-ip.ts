import { createHash } from "node:crypto";
import { at, isRecord, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";

/** The range of node ports (`--service-node-port-range`). */
const firstNodePort = 30_000;
const nodePorts = 2768;

/**
 * What the API server allots to a Service: an address of the service range and node ports, the same
 * for the same Service.
 */
export function withAllotments(object: KubeObject): KubeObject {
  const spec: JsonRecord = isRecord(object["spec"]) ? object["spec"] : {};
  if (spec["type"] === "ExternalName") return object;
  const name = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
  const clusterIP = textOf(spec["clusterIP"]) || addressOf(name);
  const { ports } = spec;
  return {
    ...object,
    spec: {
      type: "ClusterIP",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...spec,
      clusterIP,
      clusterIPs: spec["clusterIPs"] ?? [clusterIP],
      ...(Array.isArray(ports) && hasNodePorts(spec) ? { ports: withNodePorts(ports, name) } : {}),
    },
  };
}

const hasNodePorts = ({ type, allocateLoadBalancerNodePorts }: JsonRecord): boolean =>
  type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);

function addressOf(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  return `10.${96 + ((digest[0] ?? 0) % 16)}.${digest[1] ?? 0}.${1 + ((digest[2] ?? 0) % 254)}`;
}

function withNodePorts(ports: readonly unknown[], name: string): unknown[] {
  const taken = new Set(ports.map((port) => at(port, "nodePort")));
  let next = createHash("sha256").update(name).digest().readUInt32BE(4);
  return ports.map((port) => {
    const given = at(port, "nodePort");
    if (!isRecord(port) || (given !== undefined && given !== 0)) return port;
    while (taken.has(firstNodePort + (next % nodePorts))) next += 1;
    const nodePort = firstNodePort + (next % nodePorts);
    taken.add(nodePort);
    return { ...port, nodePort };
  });
}
