import { groupOf } from "../surroundings/group.ts";

/** How a kind of workload is read and written. */
export type WorkloadKind = {
  plural: string;
  /** Where its pod template is; null when it cannot be changed. */
  template: readonly string[] | null;
  /**
   * Custom resources know no strategic merge, and a merge patch replaces whole lists: they take a
   * JSON patch, which tests what it replaces.
   */
  isCustom: boolean;
  /** Whether a new template replaces running pods; else it is for those to come. */
  hasRollout: boolean;
};

const SPEC_TEMPLATE = ["spec", "template"];
const apps = (plural: string, hasRollout = true): WorkloadKind => ({
  plural,
  template: SPEC_TEMPLATE,
  isCustom: false,
  hasRollout,
});
const custom = (plural: string): WorkloadKind => ({
  plural,
  template: SPEC_TEMPLATE,
  isCustom: true,
  hasRollout: true,
});

/** By group: the version is the reader's choice. */
const KINDS: ReadonlyMap<string, WorkloadKind> = new Map([
  ["apps Deployment", apps("deployments")],
  ["apps StatefulSet", apps("statefulsets")],
  ["apps DaemonSet", apps("daemonsets")],
  ["apps ReplicaSet", apps("replicasets", false)],
  ["batch Job", { plural: "jobs", template: null, isCustom: false, hasRollout: false }],
  [
    "batch CronJob",
    {
      plural: "cronjobs",
      template: ["spec", "jobTemplate", "spec", "template"],
      isCustom: false,
      hasRollout: false,
    },
  ],
  ["argoproj.io Rollout", custom("rollouts")],
  ["serving.knative.dev Service", custom("services")],
]);

/** A version comes from an ownerReference, and goes into a path. */
const VERSION = /^v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?$/;

/** null for a kind, or a version of it, that we do not know. */
export function kindOf({
  apiVersion,
  kind,
}: {
  apiVersion: string;
  kind: string;
}): WorkloadKind | null {
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  if (!VERSION.test(version)) return null;
  return KINDS.get(`${groupOf(apiVersion)} ${kind}`) ?? null;
}
