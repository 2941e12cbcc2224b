import type { Pod } from "../../../../functions/resource-patch/pod-facts.ts";

/** A running pod of namespace `shop` on node `one`, with what is given. */
export function pod(spec: object = {}, more: { metadata?: object; status?: object } = {}): Pod {
  return {
    metadata: {
      namespace: "shop",
      name: "app",
      uid: "uid",
      resourceVersion: "1",
      labels: { app: "web" },
      ...more.metadata,
    },
    spec: { nodeName: "one", containers: [container("100m", "64Mi")], ...spec },
    status: { phase: "Running", ...more.status },
  };
}

export const container = (cpu: string, memory: string, more: object = {}) => ({
  name: "app",
  resources: { requests: { cpu, memory } },
  ...more,
});
