import type { UsageQuestion } from "../../../../functions/resource-patch/usage/read-usage.ts";
import type { Pod } from "../../../../functions/resource-patch/pod-facts.ts";
import { SIZING_DEFAULTS } from "../../../../functions/resource-patch/sizing/settings.ts";
import { DEFAULT_POLICY } from "../../../../shared/policy-default.ts";

const DECISION_ID = "0".repeat(32);

/** A pod as the API has it, with what usage looks at. */
export function podOf(
  name: string,
  more: {
    namespace?: string;
    annotations?: Record<string, string>;
    containers?: NonNullable<Pod["spec"]>["containers"];
    status?: object;
  } = {},
): Pod {
  const { namespace = "shop", annotations = {}, status = {} } = more;
  const containers = more.containers ?? [sizedContainer("app")];
  const metadata = { namespace, name, uid: "u-1", resourceVersion: "1", annotations };
  return { metadata, spec: { containers }, status };
}

export function sizedContainer(
  name: string,
  requests: Record<string, string> = { cpu: "500m", memory: "256Mi" },
  limits: Record<string, string> = { cpu: "1", memory: "512Mi" },
) {
  return { name, image: "app:1", resources: { requests, limits } };
}

/** A question about a pod, by the silver class. */
export function questionOf(
  pod: Pod,
  owner: { kind: string; name: string },
  nowSeconds: number,
): UsageQuestion {
  const { namespace } = pod.metadata;
  return {
    pod,
    owner: { apiVersion: "v1", namespace, ...owner },
    bounds: DEFAULT_POLICY.classes.silver,
    settings: SIZING_DEFAULTS.silver,
    decisionId: DECISION_ID,
    now: new Date(nowSeconds * 1000).toISOString(),
  };
}
