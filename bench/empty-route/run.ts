import type { Storm } from "../storm-alerts.ts";
import { type Clients, startEmptyRoute } from "./start.ts";

/** How fast the facts of a storm went all the way, and what that took. */
export type Passed = {
  seconds: number;
  /** Milliseconds on a CPU by process. */
  cpu: Map<string, number>;
};

/** A storm of one alert a webhook through an empty route of its own, `parallel` of them at once. */
export async function passEmptyRoute(
  kubeUrl: string,
  clients: Clients,
  { storm, pods, parallel }: { storm: Storm; pods: number; parallel: number },
): Promise<Passed> {
  const route = await startEmptyRoute(kubeUrl, clients);
  try {
    const before = route.cpu();
    const startedMs = performance.now();
    const queue = storm.webhooks.entries();
    const work = async () => {
      for (const [number, { body }] of queue) {
        await route.send(body, number % pods, number >= storm.facts - storm.repeats);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    await route.untilHandled(storm.facts);
    const seconds = (performance.now() - startedMs) / 1_000;
    return { seconds, cpu: cpuSince(before, route.cpu()) };
  } finally {
    await route.stop();
  }
}

/** Milliseconds by process between two readings. */
export function cpuSince(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Map<string, number> {
  return new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
}
