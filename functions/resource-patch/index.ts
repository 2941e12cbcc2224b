import { LoadClassified } from "../../shared/events/load.ts";
import {
  ApprovalDenied,
  ApprovalGiven,
  PauseRequested,
  ResumeRequested,
  RevertDue,
} from "../../shared/events/order.ts";
import { ReviewDue } from "../../shared/events/review.ts";
import { ResourcesDecided } from "../../shared/events/decided.ts";
import { ResourcesSettled } from "../../shared/events/settled.ts";
import { WorkloadFound } from "../../shared/events/scan.ts";
import { on } from "../../shared/function.ts";
import { createKubeClient } from "../../shared/kube/connect.ts";
import { createConfigMapStore, createMemoryStore } from "../../shared/kube/journal-store.ts";
import { createRecent } from "../../shared/kube/recent.ts";
import { readPolicy } from "../../shared/policy.ts";
import { start } from "../../shared/serve.ts";
import { createCapability } from "./capability.ts";
import { createChangeLedger } from "./change-ledger.ts";
import type { Context } from "./context.ts";
import { Env } from "./contract.ts";
import { handleApproval } from "./handle-approval.ts";
import { handleDecision } from "./handle-decision.ts";
import { handleLoad } from "./handle-load.ts";
import { handleSettled } from "./handle-settled.ts";
import { handlePause, handleResume } from "./handle-pause.ts";
import { handleRevert } from "./handle-revert.ts";
import { handleReview } from "./handle-review.ts";
import { metrics } from "./metrics.ts";
import { createPauseBook } from "./pause-book.ts";
import { handleFound } from "./zones/handle-found.ts";
import { openUsage } from "./usage/read-usage.ts";

start("resource-patch", Env, async ({ env, log }) => {
  const policy = await readPolicy(env.POLICY_FILE);
  const kube = createKubeClient();
  const canResize = createCapability(kube);
  const usage = openUsage(env, kube);
  const recent = createRecent();
  const store =
    env.PAUSES_CONFIGMAP === undefined
      ? createMemoryStore()
      : createConfigMapStore(kube, env.PAUSES_CONFIGMAP);
  const context: Context = {
    kube,
    recent,
    ledger: createChangeLedger(kube, recent, env.CHANGES_CONFIGMAP),
    policy,
    pauses: createPauseBook(store),
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
      on(WorkloadFound, (event) => handleFound(event, context)),
      on(ApprovalGiven, (event) => handleApproval(event, "given", context)),
      on(ApprovalDenied, (event) => handleApproval(event, "denied", context)),
      on(PauseRequested, (event) => handlePause(event, context)),
      on(ResumeRequested, (event) => handleResume(event, context)),
      on(ReviewDue, (event) => handleReview(event, context)),
      on(RevertDue, (event) => handleRevert(event, context)),
    ],
    metrics,
    close: async () => {
      usage.close();
      await kube.close();
    },
  };
});
