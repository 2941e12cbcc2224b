import type { CoreService } from "./manifests/core-service.ts";
import type { Wiring } from "./manifests/wiring.ts";
import type { Workload } from "./manifests/workload.ts";
import { LOCAL_COMMAND } from "./serving/command.ts";

/** Knative's resolver sends to `http://<name>.<namespace>.svc.cluster.local`, without a port. */
const PORT = 80;

/** The Deployment behind a plain Service, or why there is none that events could be sent to. */
export function backingOf(
  { namespace, selector, ports }: CoreService,
  { deployments }: Pick<Wiring, "deployments">,
): { deployment: Workload } | { fault: string } {
  const terms = Object.entries(selector);
  if (terms.length === 0) return { fault: "it has no selector" };
  if (!ports.includes(PORT)) {
    return { fault: `events are sent to port ${PORT}, and it has ${ports.join(", ") || "none"}` };
  }
  const selected = deployments.filter(
    (one) =>
      one.namespace === namespace &&
      one.replicas > 0 &&
      terms.every(([key, value]) => one.template.labels[key] === value),
  );
  const [deployment, second] = selected;
  if (deployment === undefined) {
    return {
      fault: `no Deployment that it selects has the annotation ${LOCAL_COMMAND} and a replica`,
    };
  }
  if (second === undefined) return { deployment };
  return {
    fault: `it selects ${deployment.name} and ${second.name}; one at a time is run locally`,
  };
}
