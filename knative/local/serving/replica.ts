import { mkdtempSync, rmSync } from "node:fs";
import type { Agent as HttpAgent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "../node-http.ts";
import { startChild } from "./child.ts";
import { giveBackPort, takePort } from "./free-port.ts";
import { awaitStartup, untilUnhealthy } from "./health.ts";
import { localize, type Mount } from "./mounts.ts";
import { createPoster, type Poster } from "./poster.ts";
import { untilReady } from "./probe.ts";
import type { Revision } from "./revision.ts";
import type { RunRecords } from "./run-records.ts";

/** One process of a revision. */
export type Replica = {
  port: number;
  /** Kept-alive connections to this process only: what is passed on. */
  agent: HttpAgent;
  /** The same, for events. */
  poster: Poster;
  /** Resolves to the milliseconds from spawn to ready; rejects with the reason when it ends before. */
  ready: Promise<number>;
  /** Resolves to the reason when a probe says that it has to go; it runs on until stopped. */
  failed: Promise<string>;
  /** Resolves to the reason, in words. */
  exited: Promise<string>;
  stop(graceMs: number): Promise<void>;
};

/**
 * 10,000 may wait for a process, each with a socket of its own already: let go all at once they
 * would need 20,000 files, which is the limit of many a machine, and those beyond it got a 502.
 */
const MAX_SOCKETS = 8_000;

/** Knative's default progress deadline: a process that is not ready by then is given up. */
const PROGRESS_DEADLINE_MS = 600_000;

/** How long the newest start of a revision took: about what the next one will. */
const startMs = new WeakMap<Revision, number>();

export async function startReplica(
  revision: Revision,
  records: RunRecords,
  onLine: (from: "stdout" | "stderr", line: string) => void,
): Promise<Replica> {
  const port = await takePort();
  const mounts = revision.emptyDirs.map((mountPath): Mount => {
    const localPath = mkdtempSync(join(tmpdir(), `${revision.name}-`));
    return { mountPath, localPath };
  });
  const [program, ...args] = revision.command;
  const env = Object.entries(revision.env).map(([name, value]) => [name, localize(value, mounts)]);
  const startedMs = performance.now();
  const child = startChild(
    [program, ...args.map((arg) => localize(arg, mounts).replaceAll("$(PORT)", String(port)))],
    { ...Object.fromEntries(env), PORT: String(port) },
    onLine,
    revision.workingDir === null ? null : localize(revision.workingDir, mounts),
  );
  if (child.pid !== null) void records.add(child.pid, revision.service);
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const poster = createPoster(`http://127.0.0.1:${port}`);
  const ended = new AbortController();
  const exited = child.exited.then((reason) => {
    ended.abort(new Error(reason));
    if (child.pid !== null) records.remove(child.pid);
    for (const { localPath } of mounts) rmSync(localPath, { recursive: true, force: true });
    agent.destroy();
    poster.destroy();
    giveBackPort(port);
    return reason;
  });
  const deadline = AbortSignal.timeout(PROGRESS_DEADLINE_MS);
  const isSpawned = child.pid === null ? child.exited : Promise.resolve();
  let fail: (reason: string) => void = () => undefined;
  const failed = new Promise<string>((done) => (fail = done));
  const { startup, liveness, probe } = revision;

  async function becomeReady(): Promise<number> {
    await isSpawned;
    const fault = startup === null ? null : await awaitStartup(startup, port, ended.signal);
    if (fault !== null) {
      fail(fault);
      throw new Error(fault);
    }
    if (liveness !== null) {
      // Rejects when the process has ended, which is told by `exited`.
      untilUnhealthy(liveness, port, ended.signal).then(fail, () => undefined);
    }
    const signal = AbortSignal.any([ended.signal, deadline]);
    await untilReady(probe, port, signal, startMs.get(revision));
    const tookMs = performance.now() - startedMs;
    startMs.set(revision, tookMs);
    return tookMs;
  }
  const ready = becomeReady();
  deadline.addEventListener("abort", () => {
    ready.catch(() => child.stop(0));
  });
  return {
    port,
    agent,
    poster,
    ready,
    failed,
    exited,
    async stop(graceMs) {
      // Idle connections would hold many a server open until its own keep-alive time-out.
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) socket.destroy();
      }
      poster.close();
      await child.stop(graceMs);
    },
  };
}
