import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Cron } from "croner";
import type { CloudEvent } from "../broker/cloud-event.ts";
import type { PingSource } from "../manifests/ping-source.ts";
import { normalSchedule } from "./schedule.ts";
import { sendWithRetries } from "./send-event.ts";

/** `E:pkg/adapter/mtping/runner.go`: each tick first sleeps for a random time below this. */
const MAX_JITTER_MS = 500;

export type ClockOptions = {
  /** Off in tests. Default on. */
  jitter?: boolean;
  /** A tick that did not get through, after its retries; it is lost, as on a cluster. */
  onLost?: (reason: string) => void;
};

export type Clock = {
  /** Null when the schedule has no more. */
  nextRun(): Date | null;
  /** Ends the schedule, and the wait of ticks under way. */
  close(): void;
};

/** Starts a PingSource. Ticks run side by side; what is missed is not made up for. */
export function createClock(
  source: PingSource,
  send: (event: CloudEvent) => Promise<number>,
  options: ClockOptions = {},
): Clock {
  const { jitter = true, onLost } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function tick(): Promise<void> {
    if (jitter) await wait(Math.random() * MAX_JITTER_MS, undefined, { signal });
    const event = pingEvent(source, randomUUID(), new Date());
    const lost = await sendWithRetries(() => send(event), signal);
    if (lost !== null) onLost?.(lost);
  }

  const timezone = source.timezone === null ? {} : { timezone: source.timezone };
  const cron = new Cron(normalSchedule(source.schedule), { ...timezone, mode: "6-part" }, () => {
    // The only way to fail is to be stopped while waiting.
    tick().catch(() => {});
  });
  return {
    nextRun: () => cron.nextRun(),
    close() {
      cron.stop();
      stopping.abort();
    },
  };
}

/** What one tick sends. Pure. */
export function pingEvent(source: PingSource, id: string, time: Date): CloudEvent {
  const attributes = new Map([
    ["specversion", "1.0"],
    ["id", id],
    ["source", `/apis/v1/namespaces/${source.namespace}/pingsources/${source.name}`],
    ["type", "dev.knative.sources.ping"],
    ["time", time.toISOString()],
  ]);
  if (source.data !== null && source.contentType !== null) {
    attributes.set("datacontenttype", source.contentType);
  }
  for (const [name, value] of Object.entries(source.extensions)) attributes.set(name, value);
  return { attributes, data: source.data };
}
