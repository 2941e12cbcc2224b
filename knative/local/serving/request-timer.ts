import { requestTimeout } from "./activation-error.ts";
import type { Revision } from "./revision.ts";

/** The time limits of one request, from its arrival on: the wait for a process counts. */
export type RequestTimer = {
  /** Bytes of the answer have come. */
  onBytes: () => void;
  end: () => void;
};

/** Calls `giveUp` once when a limit is over. `S:pkg/http/handler/timeout.go` */
export function startRequestTimer(
  limits: Pick<Revision, "timeoutMs" | "responseStartTimeoutMs" | "idleTimeoutMs">,
  giveUp: (reason: Error) => void,
): RequestTimer {
  const { timeoutMs, responseStartTimeoutMs, idleTimeoutMs } = limits;
  const after = (limitMs: number | null) =>
    limitMs === null ? undefined : setTimeout(() => giveUp(requestTimeout()), limitMs);
  const whole = after(timeoutMs);
  const first = after(responseStartTimeoutMs);
  const idle = after(idleTimeoutMs);
  return {
    onBytes() {
      clearTimeout(first);
      idle?.refresh();
    },
    end() {
      for (const timer of [whole, first, idle]) clearTimeout(timer);
    },
  };
}
