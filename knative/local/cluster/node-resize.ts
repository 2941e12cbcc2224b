import type { Node } from "./workload-types.ts";

/** On a node: what its kubelet makes of a resize, when it is not simply done. */
export const resizeAnnotation = "scenario.vigie.dev/resize";

export type NodeResize = "done" | "unsupported" | "ignored" | "error";

/** In-place resize is on by default from here (KEP-1287). */
const firstMinor = 33;

/** What a node makes of a resize; an old kubelet knows none. */
export function nodeResize(node: Node | undefined): NodeResize {
  const said = node?.metadata.annotations?.[resizeAnnotation];
  if (said === "unsupported" || said === "ignored" || said === "error") return said;
  const nodeInfo = Object(node?.status?.["nodeInfo"] ?? {}) as { kubeletVersion?: string };
  const minor = /^v1\.(\d+)\./.exec(nodeInfo.kubeletVersion ?? "")?.[1];
  return minor !== undefined && Number(minor) < firstMinor ? "unsupported" : "done";
}
