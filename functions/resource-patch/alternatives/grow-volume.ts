import type { Situation } from "../../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import type { Draft } from "./draft.ts";

const BYTES_PER_GIBIBYTE = 1024 ** 3;

/** The fullest volume of the pod and how full it is; null when none is measured. */
export function fullestVolume({ surroundings }: Pick<Situation, "surroundings">): {
  claim: string;
  capacityBytes: number;
  usedRatio: number;
} | null {
  let fullest: { claim: string; capacityBytes: number; usedRatio: number } | null = null;
  for (const { claim, capacityBytes, usedBytes } of surroundings?.volumes ?? []) {
    if (usedBytes === null || capacityBytes <= 0) continue;
    const usedRatio = usedBytes / capacityBytes;
    if (fullest === null || usedRatio > fullest.usedRatio) {
      fullest = { claim, capacityBytes, usedRatio };
    }
  }
  return fullest;
}

/** The claim of the fullest volume, in whole GiB, once it is as full as the class minds. */
export function growVolume(situation: Situation, policy: DecisionPolicy): Draft[] {
  const { fullRatio, growthRatio, maxGibibytes } = policy.volume;
  const fullest = fullestVolume(situation);
  if (fullest === null || fullest.usedRatio < fullRatio) return [];
  const { claim, capacityBytes } = fullest;
  const wantedGibibytes = Math.ceil((capacityBytes * growthRatio) / BYTES_PER_GIBIBYTE);
  const afterBytes = Math.min(wantedGibibytes, maxGibibytes) * BYTES_PER_GIBIBYTE;
  const { namespace } = situation.pod;
  return [
    {
      action: "grow-volume",
      direction: afterBytes > capacityBytes ? "up" : "none",
      target: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claim },
      changes: [],
      replicas: null,
      volume: {
        claim,
        beforeBytes: capacityBytes,
        afterBytes: Math.max(afterBytes, capacityBytes),
      },
    },
  ];
}
