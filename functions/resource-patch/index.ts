import { LoadClassified } from "../../shared/events/load.ts";
import { ResourcesDecided, ResourcesSettled } from "../../shared/events/resources.ts";
import { on } from "../../shared/function.ts";
import { createKubeClient } from "../../shared/kube/connect.ts";
import { createRecent } from "../../shared/kube/recent.ts";
import { readPolicy } from "../../shared/policy.ts";
import { start } from "../../shared/serve.ts";
import { createCapability } from "./capability.ts";
import { createChangeLedger } from "./change-ledger.ts";
import type { Context } from "./context.ts";
import { Env } from "./contract.ts";
import { handleDecision } from "./handle-decision.ts";
import { handleLoad } from "./handle-load.ts";
import { handleSettled } from "./handle-settled.ts";
import { openUsage } from "./usage/read-usage.ts";

start("resource-patch", Env, async ({ env, log }) => {
  const policy = await readPolicy(env.POLICY_FILE);
  const kube = createKubeClient();
  const canResize = createCapability(kube);
  const usage = openUsage(env, kube);
  const recent = createRecent();
  const context: Context = {
    kube,
    recent,
    ledger: createChangeLedger(kube, recent, env.CHANGES_CONFIGMAP),
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
      on(ResourcesSettled, (event) => handleSettled(event, context)),
    ],
    close: async () => {
      usage.close();
      await kube.close();
    },
  };
});
