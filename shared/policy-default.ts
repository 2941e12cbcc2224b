import type { Policy } from "./policy-schema.ts";

/** What holds without a policy file: the same as knative/base/policy.yaml. */
export const DEFAULT_POLICY: Policy = {
  bands: { moderatePercent: 33, highPercent: 66, hysteresisPercent: 3 },
  preset: "load",
  optIn: [
    { label: "fogsla", value: "ok" },
    { label: "vigie.dev/managed", value: "true" },
  ],
  protectedNamespaces: [
    "kube-*",
    "knative-*",
    "kourier-*",
    "istio-*",
    "cert-manager",
    "local-path-storage",
    "vigie",
  ],
  defaultSlaClass: "silver",
  strategy: "usage",
  classes: {
    gold: {
      mode: "auto",
      cooldownSeconds: 30,
      cpu: { targetUtilizationRatio: 0.45, maxStepUpRatio: 3, minMillis: 10, maxMillis: 8000 },
      memory: {
        targetUtilizationRatio: 0.5,
        maxStepUpRatio: 2,
        minMebibytes: 16,
        maxMebibytes: 16_384,
      },
    },
    silver: {
      mode: "auto",
      cooldownSeconds: 60,
      cpu: { targetUtilizationRatio: 0.55, maxStepUpRatio: 2, minMillis: 10, maxMillis: 4000 },
      memory: {
        targetUtilizationRatio: 0.55,
        maxStepUpRatio: 2,
        minMebibytes: 16,
        maxMebibytes: 8192,
      },
    },
    bronze: {
      mode: "auto",
      cooldownSeconds: 180,
      cpu: { targetUtilizationRatio: 0.6, maxStepUpRatio: 1.5, minMillis: 10, maxMillis: 2000 },
      memory: {
        targetUtilizationRatio: 0.6,
        maxStepUpRatio: 1.5,
        minMebibytes: 16,
        maxMebibytes: 4096,
      },
    },
  },
};

/** Of the text in knative/base/policy.yaml, so that the plain case needs no YAML parser (14 ms). */
export const DEFAULT_POLICY_SHA256 =
  "518bad4ecca8641727ffa3077b2040ca562009f53c4214890936a7316dc3010d";
