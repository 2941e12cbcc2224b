import * as z from "zod/mini";
import { readEnv } from "../../../shared/config.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import { readTextFile } from "../../../shared/read-text-file.ts";
import { type Pod, TARGET } from "./target-pod.ts";
import { verifyFlow } from "./verify-flow.ts";

/**
 * What the Job of `knative/overlays/minikube/verify` runs in the cluster: posts that the target is at
 * 92 % of its CPU limit, and waits until it is labelled, is larger, and runs so, with no restart; then
 * resolves it. A line for each stage with its milliseconds, then PASS or FAIL; exit code 0 or 1.
 */
const Env = z.object({
  /** alert-source's door in the cluster. */
  ALERTS_URL: z.url({ protocol: /^http$/ }),
  /** The name to ask for there, where the URL has another. */
  ALERTS_HOST: z.optional(z.string().check(z.minLength(1))),
  /** Read at each post. */
  ALERT_TOKEN_FILE: z.string().check(z.minLength(1)),
  TIMEOUT_SECONDS: z._default(z.coerce.number().check(z.positive()), 120),
  POLL_MS: z._default(z.coerce.number().check(z.int(), z.minimum(10)), 200),
});

const KUBE_TIMEOUT_MS = 10_000;

async function verify(): Promise<string | null> {
  const env = readEnv(Env);
  const kube = createKubeClient({ timeoutMs: KUBE_TIMEOUT_MS });
  const { ALERTS_URL: url, ALERTS_HOST: host } = env;
  try {
    return await verifyFlow({
      listPods: async () => {
        const { items } = await kube.request<{ items: Pod[] }>({
          method: "GET",
          path: `/api/v1/namespaces/${TARGET.namespace}/pods`,
          query: { labelSelector: TARGET.selector },
        });
        return items;
      },
      door: async () => {
        const token = (await readTextFile(env.ALERT_TOKEN_FILE)).trim();
        return { url, token, ...(host === undefined ? {} : { host }) };
      },
      say: (line) => process.stdout.write(`${line}\n`),
      timeoutMs: env.TIMEOUT_SECONDS * 1000,
      pollMs: env.POLL_MS,
    });
  } finally {
    await kube.close();
  }
}

verify().then(
  (fault) => {
    process.stdout.write(fault === null ? "PASS\n" : `FAIL: ${fault}\n`);
    process.exitCode = fault === null ? 0 : 1;
  },
  (error: Error) => {
    process.stdout.write(`FAIL: ${error.message}\n`);
    process.exitCode = 1;
  },
);
