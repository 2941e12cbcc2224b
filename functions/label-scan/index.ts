import { createKubeClient } from "../../shared/kube/connect.ts";
import { readPolicy } from "../../shared/policy.ts";
import { start } from "../../shared/serve.ts";
import { createSink } from "../../shared/sink.ts";
import { Env } from "./contract.ts";
import { createLabelScan } from "./handle.ts";
import { createScanMetrics } from "./metrics.ts";

start("label-scan", Env, async ({ env, log }) => {
  const kube = createKubeClient({ timeoutMs: env.KUBE_TIMEOUT_MS });
  const sink =
    env.K_SINK === undefined
      ? null
      : createSink({
          url: env.K_SINK,
          ceOverrides: env.K_CE_OVERRIDES,
          caCerts: env.K_CA_CERTS,
          log,
        });
  return {
    ...createLabelScan({
      kube,
      policy: await readPolicy(env.POLICY_FILE),
      send: sink && ((event) => sink.send(event)),
      log,
      now: () => performance.now(),
      clock: Date.now,
    }),
    metrics: createScanMetrics(Date.now),
    close: () => kube.close(),
  };
});
