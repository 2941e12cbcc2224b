import { LoadClassified } from "../../shared/events/load.ts";
import { ResourcesDecided } from "../../shared/events/resources.ts";
import { WorkloadFound } from "../../shared/events/scan.ts";
import { on } from "../../shared/function.ts";
import { createKubeClient } from "../../shared/kube/connect.ts";
import { createRecent } from "../../shared/kube/recent.ts";
import { readPolicy } from "../../shared/policy.ts";
import { start } from "../../shared/serve.ts";
import { createCapability } from "./capability.ts";
import type { Context } from "./context.ts";
import { Env } from "./contract.ts";
import { handleDecision } from "./handle-decision.ts";
import { handleLoad } from "./handle-load.ts";
import { metrics } from "./metrics.ts";
import { handleFound } from "./zones/handle-found.ts";
import { openUsage } from "./usage/read-usage.ts";

start("resource-patch", Env, async ({ env, log }) => {
  const policy = await readPolicy(env.POLICY_FILE);
  const kube = createKubeClient();
  const canResize = createCapability(kube);
  const usage = openUsage(env, kube);
  const context: Context = {
    kube,
    recent: createRecent(),
    policy,
    usage,
    log,
    canResize,
    now: Date.now,
    instance: env.HOSTNAME,
  };
  return {
    on: [
      on(LoadClassified, (event) => handleLoad(event, context)),
      on(ResourcesDecided, (event) => handleDecision(event, context)),
      on(WorkloadFound, (event) => handleFound(event, context)),
    ],
    metrics,
    close: async () => {
      usage.close();
      await kube.close();
    },
  };
});
