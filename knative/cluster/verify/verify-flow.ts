import { setTimeout as delay } from "node:timers/promises";
import { type AlertDoor, postAlert } from "./post-alert.ts";
import {
  cpuLimitOf,
  isReady,
  type Pod,
  restartsOf,
  runningCpuLimitOf,
  runningPod,
  TARGET,
} from "./target-pod.ts";

/** How the target's pods are read, and where alerts are posted. */
export type VerifyOptions = {
  listPods: () => Promise<readonly Pod[]>;
  door: () => Promise<AlertDoor>;
  /** A line for each stage: its name, how long it took, what was seen. */
  say: (line: string) => void;
  timeoutMs: number;
  pollMs: number;
};

/**
 * Walks one alert through the cluster: posts that the target is at 92 % of its CPU limit, and waits
 * for the label, the new size and the kubelet's word, with no restart; then resolves it.
 * @returns null when all came, else what did not.
 */
export async function verifyFlow(options: VerifyOptions): Promise<string | null> {
  const { listPods, say, timeoutMs, pollMs } = options;
  const deadlineMs = performance.now() + timeoutMs;
  let begunMs = performance.now();
  const done = (stage: string, seen: string): void => {
    const ms = Math.round(performance.now() - begunMs);
    say(`${stage.padEnd(12)} ${String(ms).padStart(6)} ms  ${seen}`);
  };

  /** Looks until `find` finds; `missing` is told when the time is over. */
  async function until<T>(missing: string, find: () => Promise<T | null>): Promise<T> {
    for (;;) {
      const found = await find();
      if (found !== null) return found;
      if (performance.now() + pollMs > deadlineMs) {
        throw new Error(`waited ${timeoutMs / 1000} s in vain for ${missing}`);
      }
      await delay(pollMs);
    }
  }

  async function post(name: string, endsAt?: string): Promise<number> {
    const alert = { namespace: TARGET.namespace, pod: name, startsAt };
    const status = await postAlert(
      await options.door(),
      endsAt === undefined ? alert : { ...alert, endsAt },
    );
    if (status !== 200) throw new Error(`alert-source answered ${status}`);
    return status;
  }

  let startsAt = "";
  try {
    const missing = `a ready pod ${TARGET.selector} in the namespace ${TARGET.namespace}`;
    const before = await until(missing, async () => {
      const found = runningPod(await listPods());
      return found !== undefined && isReady(found) ? found : null;
    });
    const { name, uid } = before.metadata;
    const was = cpuLimitOf(before);
    done("ready", `${TARGET.namespace}/${name}, limit ${was}`);

    /** The same pod as it is now, when it is as wanted. */
    const once = (wanted: (pod: Pod) => boolean) => async (): Promise<Pod | null> => {
      const now = runningPod(await listPods(), uid);
      if (now === undefined) throw new Error("the pod was replaced, not resized in place");
      if (restartsOf(now) !== restartsOf(before)) throw new Error("it was restarted");
      return wanted(now) ? now : null;
    };

    begunMs = performance.now();
    startsAt = new Date().toISOString();
    const status = await post(name);
    done("accepted", `alert-source answered ${status} to 92 % of ${was}`);
    const isLabelled = ({ metadata }: Pod): boolean =>
      metadata.labels?.["vigie.dev/load"] === "high";
    await until("the label vigie.dev/load=high", once(isLabelled));
    done("labelled", "vigie.dev/load=high");
    const resized = await until(
      `another limit than ${was}`,
      once((pod) => cpuLimitOf(pod) !== was),
    );
    const is = cpuLimitOf(resized);
    done("resized", `${was} → ${is}`);
    await until(
      "the kubelet's word for it",
      once((pod) => runningCpuLimitOf(pod) === is),
    );
    done("carried out", "by the kubelet, without a restart");
    begunMs = performance.now();
    await post(name, new Date().toISOString());
    done("resolved", "the alert is off");
    return null;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}
