import type { Policy } from "../../../shared/policy-schema.ts";
import { POOL } from "./manifests.ts";
import type { Row } from "./row.ts";

const node = (name: string, more: object = {}) => ({
  name,
  cpu: "64",
  memory: "256Gi",
  pods: 1_000,
  labels: { [POOL]: name },
  ...more,
});

/** Each obstacle of a node has a node of its own. */
const NODES = [
  node("main"),
  node("old", { kubeletVersion: "v1.32.4" }),
  node("middle", { kubeletVersion: "v1.33.2" }),
  node("tiny", { cpu: "1", allocatableCpu: "104m" }),
  node("full", { cpu: "2", allocatableCpu: "1000m" }),
  node("shared", { cpu: "2", allocatableCpu: "1000m" }),
  node("single", { cpu: "1", allocatableCpu: "150m" }),
  node("alone", { cpu: "1", allocatableCpu: "150m" }),
  node("pressed", { pressures: ["MemoryPressure"] }),
  node("broken", { resize: "error" }),
];

const storageClass = (name: string, allowVolumeExpansion: boolean) => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name },
  provisioner: "lab.example/disk",
  allowVolumeExpansion,
});

/** A cluster with a namespace for each row. */
export function labScenario(rows: readonly Pick<Row, "objects">[]): object {
  return {
    nodes: NODES,
    objects: [
      storageClass("standard", true),
      storageClass("fixed", false),
      ...rows.flatMap(({ objects }) => objects),
    ],
  };
}

const ALWAYS_ELSEWHERE = 3;

/**
 * Every action is allowed to everybody. Gold and bronze do not cool down; gold has a window that is
 * closed whenever the test runs, bronze one change an hour and volumes of 1 GiB.
 */
export function labPolicy(policy: Policy): void {
  const { gold, silver, bronze } = policy.classes;
  for (const each of [gold, silver, bronze]) {
    each.allowedActions = ["resize", "patch-owner", "scale-out", "scale-in", "grow-volume"];
    each.canaryFirst = false;
  }
  for (const each of [gold, bronze]) {
    each.cooldownUpSeconds = 0;
    each.cooldownDownSeconds = 0;
  }
  const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
  const day = days[(new Date().getUTCDay() + ALWAYS_ELSEWHERE) % days.length] ?? "sun";
  gold.windows = [{ days: [day], from: "02:00", to: "03:00", zone: "UTC" }];
  bronze.budget.perHour = 1;
  bronze.volume.maxGibibytes = 1;
}
