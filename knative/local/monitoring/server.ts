import { startChild } from "../serving/child.ts";
import { untilReady } from "../serving/probe.ts";
import type { RunRecords } from "../serving/run-records.ts";
import { createServiceLog } from "../serving/service-log.ts";
import { inheritedEnv } from "../serving/environment.ts";
import { StartError } from "../start-error.ts";

/** Both were ready within 0.2 s in 20 starts (measured); a busy laptop gets more. */
const READY_LIMIT_MS = 60_000;
/** Both end within 10 ms of SIGTERM (measured). */
const STOP_GRACE_MS = 2_000;

/** Starts Prometheus or Alertmanager; resolves when `/-/ready` says so. What it prints goes into `logFile`. */
export async function startServer(options: {
  name: string;
  command: readonly [string, ...string[]];
  port: number;
  logFile: string;
  records: RunRecords;
  /** Called when it ends by itself, with the reason. */
  onLost: (reason: string) => void;
}): Promise<{ close(): Promise<void> }> {
  const { name, command, port, logFile, records, onLost } = options;
  const log = createServiceLog(logFile);
  let last = "";
  const child = startChild(command, inheritedEnv(), (from, line) => {
    last = line;
    log.write(from, line);
  });
  if (child.pid !== null) void records.add(child.pid, name);
  const gone = new AbortController();
  let isUp = false;
  let isClosing = false;
  const exited = child.exited.then(async (reason) => {
    const why = last === "" ? reason : `${reason}: ${last}`;
    gone.abort(new Error(why));
    if (child.pid !== null) records.remove(child.pid);
    await log.close();
    if (isUp && !isClosing) onLost(why);
  });
  const close = async () => {
    isClosing = true;
    await child.stop(STOP_GRACE_MS);
    await exited;
  };
  const probe = { kind: "http", path: "/-/ready", headers: {} } as const;
  try {
    const limit = AbortSignal.timeout(READY_LIMIT_MS);
    await untilReady(probe, port, AbortSignal.any([gone.signal, limit]));
  } catch (error) {
    await close();
    throw new StartError([`${name} is not ready: ${(error as Error).message}`], { cause: error });
  }
  isUp = true;
  return { close };
}
