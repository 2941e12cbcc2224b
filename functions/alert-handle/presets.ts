import type { Band, Resource } from "../../shared/policy-schema.ts";
import { isBelow } from "../../shared/pod-alerts/classify.ts";

/** How bands are written as labels (the policy's `preset`). */
export type Preset = "load" | "status" | "r-s";

/** Where each resource of a pod stands; null when nothing was said of it. */
export type Standings = Record<Resource, { band: Band; percent: number | null } | null>;

/** What the labels should be: keys to have with their value, and keys to be without. */
export type Wanted = {
  set: Record<string, string>;
  unset: string[];
  /**
   * Keys without a prefix may belong to somebody else, even to the selector of a ReplicaSet: set
   * only where the pod has none, has one that was set here, or one of the values in `over`.
   */
  setUnlessTaken: Record<string, { value: string; over: readonly string[] }>;
};

const LOAD_KEYS = { cpu: "vigie.dev/load", memory: "vigie.dev/memory" } as const;
const STATUS = { low: "normal", moderate: "chargee", high: "panne" } as const;
const RS_LEVEL = { low: 1, moderate: 2, high: 3 } as const;
const RS_KEYS = ["R1", "R2", "R3", "S1", "S2", "S3"];

/** The labels of a preset for where the resources stand. */
export function wantedLabels(preset: Preset, standings: Standings): Wanted {
  switch (preset) {
    case "load":
      return loadLabels(standings);
    case "status":
      return statusLabels(standings);
    case "r-s":
      return rsLabels(standings);
  }
}

function loadLabels({ cpu, memory }: Standings): Wanted {
  const set: Record<string, string> = {};
  if (cpu !== null) set[LOAD_KEYS.cpu] = cpu.band;
  if (memory !== null) set[LOAD_KEYS.memory] = memory.band;
  return { set, unset: [], setUnlessTaken: {} };
}

/** One label for the pod: the worse of its resources. `fogsla=ok` only while all is normal. */
function statusLabels({ cpu, memory }: Standings): Wanted {
  const bands = [cpu, memory].flatMap((standing) => (standing === null ? [] : [standing.band]));
  const worst = bands.reduce<Band | null>(
    (worse, band) => (worse === null || isBelow(worse, band) ? band : worse),
    null,
  );
  if (worst === null) return { set: {}, unset: [], setUnlessTaken: {} };
  return {
    set: {},
    unset: [],
    setUnlessTaken: {
      status: { value: STATUS[worst], over: Object.values(STATUS) },
      // A label of consent: what somebody else has said there stands.
      ...(worst === "low" ? { fogsla: { value: "ok", over: [] } } : {}),
    },
  };
}

/** The original webhook's: CPU from 5 up is R3 and S1, from 2 up R2 and S2, else R1 and S3. */
function rsLabels({ cpu }: Standings): Wanted {
  if (cpu === null) return { set: {}, unset: [], setUnlessTaken: {} };
  const level = cpu.percent === null ? RS_LEVEL[cpu.band] : levelOf(cpu.percent);
  const set = { [`R${level}`]: "true", [`S${4 - level}`]: "true" };
  const unset = RS_KEYS.filter((key) => !Object.hasOwn(set, key));
  return { set, unset, setUnlessTaken: {} };
}

function levelOf(percent: number): number {
  if (percent >= 5) return 3;
  return percent >= 2 ? 2 : 1;
}

/** The band that a preset's labels show; null when they show none. */
export function shownBand(
  preset: Preset,
  labels: Readonly<Record<string, string>>,
  resource: Resource,
): Band | null {
  const bands: Band[] = ["low", "moderate", "high"];
  const shows = (band: Band) => {
    switch (preset) {
      case "load":
        return labels[LOAD_KEYS[resource]] === band;
      case "status":
        return labels["status"] === STATUS[band];
      case "r-s":
        return resource === "cpu" && labels[`R${RS_LEVEL[band]}`] === "true";
    }
  };
  return bands.find(shows) ?? null;
}
