import { AlertFired, AlertResolved } from "../../shared/events/alert.ts";
import { on } from "../../shared/function.ts";
import { createKubeClient } from "../../shared/kube/connect.ts";
import { createRecent } from "../../shared/kube/recent.ts";
import { readPolicy } from "../../shared/policy.ts";
import { start } from "../../shared/serve.ts";
import { Env } from "./contract.ts";
import { handleAlert } from "./handle.ts";
import { createAlertMetrics } from "./metrics.ts";
import { createPodReads } from "./pod-reads.ts";

start("alert-handle", Env, async ({ env }) => {
  const policy = await readPolicy(env.POLICY_FILE);
  const kube = createKubeClient({ timeoutMs: env.KUBE_TIMEOUT_MS });
  const context = {
    kube,
    pods: createPodReads(kube),
    recent: createRecent(),
    policy,
    now: Date.now,
  };
  return {
    on: [
      on(AlertFired, (event) => handleAlert(event, context)),
      on(AlertResolved, (event) => handleAlert(event, context)),
    ],
    metrics: createAlertMetrics(Date.now),
    close: () => kube.close(),
  };
});
