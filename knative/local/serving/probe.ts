import { connect } from "node:net";
import { request } from "../node-http.ts";

/** How a process says that it is ready. Both connect to 127.0.0.1 on the port the process got. */
export type Probe =
  /** Ready as soon as it runs: nothing sends to it. */
  | { kind: "none" }
  | { kind: "tcp" }
  | { kind: "http"; path: string; headers: Readonly<Record<string, string>> };

/** A probe that goes on, in the kubelet's terms. */
export type RepeatedProbe = {
  probe: Probe;
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  /** So many failures in a row are one too many. */
  failureThreshold: number;
};

/** Knative's aggressive probing: every 50 ms (pkg/queue/readiness/probe.go). */
const MAX_STEP_MS = 50;
/**
 * A process may be up in 40 ms, where a step of 50 would show 100, or in 400 on a machine under
 * load: the step grows with the time, and adds a fortieth to it on average.
 */
const MIN_STEP_MS = 3;
const STEP_RATIO = 1 / 20;
/**
 * Of the time that the start before took. Each look is a fifth of a millisecond that the process
 * could have had: 60 of them in 400 ms, where others had the processor, too.
 */
const UNLIKELY_RATIO = 1 / 2;
/** Knative gives a probe 100 ms; a laptop under load gets more before a probe counts as failed. */
const TRY_TIMEOUT_MS = 1_000;

/**
 * Resolves as soon as the probe succeeds: an accepted connection, or an HTTP status of 200 to 399.
 * Probes without end, seldom at first when it is expected to take `expectedMs`; rejects with the
 * signal's reason when it is aborted.
 */
export async function untilReady(
  probe: Probe,
  port: number,
  signal: AbortSignal,
  expectedMs = 0,
): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    // A request where nobody listens costs many times what a connection does.
    const isWorthIt = probe.kind !== "http" || (await accepts(port, TRY_TIMEOUT_MS));
    if (isWorthIt && (await succeeds(probe, port, TRY_TIMEOUT_MS))) return;
    const stepMs = stepAfter(performance.now() - startedMs, expectedMs);
    await new Promise((done) => setTimeout(done, stepMs));
  }
}

/** How long to wait for the next look. */
function stepAfter(passedMs: number, expectedMs: number): number {
  const unlikelyMs = expectedMs * UNLIKELY_RATIO - passedMs;
  return Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, passedMs * STEP_RATIO, unlikelyMs));
}

/** One try. */
export async function succeeds(probe: Probe, port: number, timeoutMs: number): Promise<boolean> {
  switch (probe.kind) {
    case "none":
      return true;
    case "tcp":
      return accepts(port, timeoutMs);
    case "http":
      return answers(probe, port, timeoutMs);
  }
}

function accepts(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: timeoutMs });
    const end = (ready: boolean) => {
      socket.destroy();
      done(ready);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

function answers(
  probe: Extract<Probe, { kind: "http" }>,
  port: number,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((done) => {
    const probing = request({
      host: "127.0.0.1",
      port,
      path: probe.path,
      // What Knative's own readiness code looks for; functions keep such requests out of their logs.
      headers: { ...probe.headers, "user-agent": "kube-probe/1.35" },
      agent: false,
      timeout: timeoutMs,
    });
    probing.once("response", (response) => {
      response.resume();
      response.once("error", () => done(false));
      done((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400);
    });
    probing.once("timeout", () => probing.destroy());
    probing.once("error", () => done(false));
    probing.end();
  });
}
