import { PermanentError } from "./errors.ts";
import type { Scope } from "./events/order.ts";
import { pathSegment } from "./kube/path.ts";

/** A kind as objects say it; not the `deployment`, `deploy` or `deployments.apps` that kubectl takes. */
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;

/**
 * That what somebody orders something about can exist. Who pauses `deployment cart` and is told
 * nothing believes it paused, while no Deployment has that kind.
 * @throws PermanentError INVALID_NAME, INVALID_KIND
 */
export function checkTarget(target: Scope): void {
  if (target.scope === "all") return;
  pathSegment(target.namespace);
  if (target.scope === "namespace") return;
  pathSegment(target.name);
  if (KIND.test(target.kind)) return;
  const shown = JSON.stringify(target.kind.slice(0, 80));
  throw new PermanentError(
    "INVALID_KIND",
    `${shown} is not a kind as Kubernetes writes it: say Deployment, StatefulSet, Pod`,
  );
}
