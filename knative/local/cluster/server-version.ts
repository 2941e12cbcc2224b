import type { JsonRecord } from "./kube-object.ts";

/** The version of an API server, "v1.35.0", and what of a resize depends on it. */
export type ServerVersion = {
  text: string;
  minor: number;
  /** Whether there is `pods/resize` without a feature gate (KEP-1287, beta). */
  canResize: boolean;
  /** Whether a memory limit may go down without a restart (kubernetes/kubernetes#133012). */
  canLowerMemory: boolean;
};

/** The first where in-place resize is stable. */
export const latestVersion = "v1.35.0";

export function serverVersion(text: string): ServerVersion {
  const minor = Number(/^v1\.(\d+)\./.exec(text)?.[1] ?? 0);
  return { text, minor, canResize: minor >= 33, canLowerMemory: minor >= 34 };
}

/** The answer of `/version`. */
export function versionInfo({ text, minor }: ServerVersion): JsonRecord {
  return {
    major: "1",
    minor: String(minor),
    emulationMajor: "1",
    emulationMinor: String(minor),
    minCompatibilityMajor: "1",
    minCompatibilityMinor: String(minor - 1),
    gitVersion: text,
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: "2025-12-17T00:00:00Z",
    goVersion: "vigie-simulated-cluster",
    compiler: "node",
    platform: "linux/amd64",
  };
}
