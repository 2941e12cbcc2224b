import { z } from "zod";

/**
 * A strict object that says why Serving's webhook would refuse a field: behind which feature flag
 * it is, or that it is never taken: a line for each key. `S:pkg/apis/serving/fieldmask.go`, `S:pkg/apis/config/features.go`
 */
export function allowOnly<S extends z.ZodRawShape>(
  shape: S,
  flags: Readonly<Record<string, string>>,
) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const { keys } = issue as unknown as { keys: string[] };
      return keys
        .map((key) => {
          const flag = Object.hasOwn(flags, key) ? flags[key] : undefined;
          if (flag !== undefined) return `needs the feature ${flag}, which is off by default`;
          return "is not allowed in a Knative Service";
        })
        .join("\n");
    },
  });
}

const podspec = (name: string): string => `kubernetes.podspec-${name}`;

export const POD_FLAGS: Readonly<Record<string, string>> = {
  nodeSelector: podspec("nodeselector"),
  affinity: podspec("affinity"),
  topologySpreadConstraints: podspec("topologyspreadconstraints"),
  tolerations: podspec("tolerations"),
  securityContext: podspec("securitycontext"),
  initContainers: podspec("init-containers"),
  hostAliases: podspec("hostaliases"),
  runtimeClassName: podspec("runtimeclassname"),
  priorityClassName: podspec("priorityclassname"),
  schedulerName: podspec("schedulername"),
  dnsPolicy: podspec("dnspolicy"),
  dnsConfig: podspec("dnsconfig"),
  shareProcessNamespace: podspec("shareprocessnamespace"),
  hostIPC: podspec("hostipc"),
  hostPID: podspec("hostpid"),
  hostNetwork: podspec("hostnetwork"),
};

export const VOLUME_FLAGS: Readonly<Record<string, string>> = {
  persistentVolumeClaim: podspec("persistent-volume-claim"),
  hostPath: podspec("volumes-hostpath"),
  csi: podspec("volumes-csi"),
  ephemeral: podspec("volumes-ephemeral"),
  image: podspec("volumes-image"),
};
