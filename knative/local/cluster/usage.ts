import type { Clock } from "./clock.ts";
import { demandAt, idleLoad, loadAnnotation, parseLoad } from "./load.ts";
import type { ContainerLoad, PodLoad } from "./load.ts";
import { cpuOf, memoryOf } from "./pod-resources.ts";
import type { Pod } from "./workload-types.ts";

/** What one container uses now, and its counters since the cluster started. */
export type ContainerUsage = {
  cpuMillis: number;
  memoryBytes: number;
  cpuSecondsTotal: number;
  throttledSecondsTotal: number;
  periodsTotal: number;
  throttledPeriodsTotal: number;
};

type Meter = { untilMs: number } & Omit<ContainerUsage, "cpuMillis" | "memoryBytes">;

/** CFS accounts in periods of 100 ms. */
const periodsPerSecond = 10;
/** The integral advances in steps of one second, or longer ones after a long silence. */
const maxSteps = 600;

/**
 * The use of resources of every container: the scenario's demand, cut off at the CPU limit that the
 * kubelet has actuated. Counters are integrals, advanced whenever they are read or a limit changes.
 */
export class Usage {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #meters = new Map<string, Meter>();
  readonly #loads = new Map<string, { text: string | undefined; load: PodLoad | null }>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  /** The use of one container; zero while it is not running. */
  of(pod: Pod, container: string): ContainerUsage {
    const nowMs = this.#clock.nowMs();
    const id = `${pod.metadata.uid ?? ""}/${container}`;
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
    const startedAt = status?.state.running?.startedAt;
    const meter = this.#meter(
      id,
      startedAt === undefined ? nowMs : Math.max(this.#startMs, Date.parse(startedAt)),
    );
    if (startedAt === undefined) {
      meter.untilMs = nowMs;
      return { ...counters(meter), cpuMillis: 0, memoryBytes: 0 };
    }
    const originMs = Math.max(this.#startMs, Date.parse(startedAt));
    const load = this.#loadOf(pod, container);
    const limits = status?.resources?.limits;
    const limitMillis = cpuOf(limits) ?? Infinity;
    advance(meter, load, originMs, nowMs, limitMillis);
    const since = Math.max(0, nowMs - originMs) / 1000;
    return {
      ...counters(meter),
      cpuMillis: Math.min(demandAt(load.cpuMillis, since), limitMillis),
      memoryBytes: Math.round(demandAt(load.memoryBytes, since)),
    };
  }

  /** Whether the container needs more memory than its limit allows at this moment. */
  isOverMemory(pod: Pod, container: string): boolean {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
    if (status?.state.running === undefined) return false;
    const limitBytes = memoryOf(status.resources?.limits);
    if (limitBytes === null) return false;
    const originMs = Math.max(this.#startMs, Date.parse(status.state.running.startedAt));
    const since = Math.max(0, this.#clock.nowMs() - originMs) / 1000;
    return demandAt(this.#loadOf(pod, container).memoryBytes, since) > limitBytes;
  }

  /** Whether anything but the idle load is known of a pod. */
  hasLoad(pod: Pod): boolean {
    return pod.metadata.annotations?.[loadAnnotation] !== undefined;
  }

  /** Brings the counters up to now: called before a limit changes. */
  settle(pod: Pod): void {
    for (const { name } of pod.spec.containers) this.of(pod, name);
  }

  forget(pod: Pod): void {
    for (const { name } of pod.spec.containers) {
      this.#meters.delete(`${pod.metadata.uid ?? ""}/${name}`);
    }
    this.#loads.delete(pod.metadata.uid ?? "");
  }

  #meter(id: string, untilMs: number): Meter {
    const found = this.#meters.get(id);
    if (found !== undefined) return found;
    const made: Meter = {
      untilMs,
      cpuSecondsTotal: 0,
      throttledSecondsTotal: 0,
      periodsTotal: 0,
      throttledPeriodsTotal: 0,
    };
    this.#meters.set(id, made);
    return made;
  }

  #loadOf(pod: Pod, container: string): ContainerLoad {
    const uid = pod.metadata.uid ?? "";
    const text = pod.metadata.annotations?.[loadAnnotation];
    const cached = this.#loads.get(uid);
    const load = cached !== undefined && cached.text === text ? cached.load : parseLoad(text);
    if (text !== undefined && cached?.text !== text) this.#loads.set(uid, { text, load });
    return load !== null && Object.hasOwn(load, container)
      ? (load[container] ?? idleLoad)
      : idleLoad;
  }
}

const counters = ({ untilMs: _untilMs, ...rest }: Meter): Omit<Meter, "untilMs"> => rest;

function advance(
  meter: Meter,
  load: ContainerLoad,
  originMs: number,
  nowMs: number,
  limitMillis: number,
): void {
  const elapsedMs = nowMs - meter.untilMs;
  if (elapsedMs <= 0) return;
  const steps = Math.min(maxSteps, Math.max(1, Math.ceil(elapsedMs / 1000)));
  const stepSeconds = elapsedMs / 1000 / steps;
  for (let step = 0; step < steps; step += 1) {
    const atSeconds = (meter.untilMs - originMs) / 1000 + (step + 0.5) * stepSeconds;
    const demand = demandAt(load.cpuMillis, Math.max(0, atSeconds));
    meter.cpuSecondsTotal += (Math.min(demand, limitMillis) / 1000) * stepSeconds;
    if (limitMillis === Infinity) continue;
    meter.periodsTotal += periodsPerSecond * stepSeconds;
    if (demand > limitMillis) {
      meter.throttledPeriodsTotal += periodsPerSecond * stepSeconds;
      meter.throttledSecondsTotal += ((demand - limitMillis) / 1000) * stepSeconds;
    }
  }
  meter.untilMs = nowMs;
}
