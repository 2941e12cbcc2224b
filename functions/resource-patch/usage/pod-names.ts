import type { Owner } from "../../../shared/events/load.ts";
import { exactly } from "./promql.ts";

/** What Kubernetes takes for the random parts of names: `SafeEncodeString`. */
const RANDOM = "[bcdfghjklmnpqrstvwxz2456789]";
const SUFFIX = `${RANDOM}{5}`;
const HASH = `${RANDOM}{1,10}-`;
const HASH_LENGTH = 11;

/** A generated name has 63 characters at most, five of them random. */
const MAX_BASE_LENGTH = 58;

/** Knative's default names of revisions: `<service>-00001`. */
const REVISION = /^(.+)-\d{5}$/;

/**
 * A regular expression for the names of all pods that a workload has had, past ones included. They
 * have to be told by their names, because a pod that has gone has no owner any more. A workload
 * whose own name looks like that of another's ReplicaSet shares its pattern.
 * @param podName of one of its pods: it tells of a kind that is not known.
 */
export function podNames({ kind, name }: Pick<Owner, "kind" | "name">, podName: string): string {
  switch (kind) {
    case "Pod":
      return exactly(podName);
    case "Deployment":
    case "Rollout":
      return generated(name, HASH);
    case "Revision": {
      const service = REVISION.exec(name)?.[1];
      const deployment = `${name}-deployment`;
      if (service === undefined || deployment.length + 1 + HASH_LENGTH > MAX_BASE_LENGTH) {
        return generated(deployment, HASH);
      }
      return String.raw`${exactly(service)}-\d{5}-deployment-${HASH}${SUFFIX}`;
    }
    case "StatefulSet":
      return String.raw`${exactly(name)}-\d+`;
    case "CronJob":
      return generated(name, String.raw`\d+-(?:\d+-)?`);
    case "Job":
      return generated(name, String.raw`(?:\d+-)?`);
    case "DaemonSet":
    case "ReplicaSet":
      return generated(name, "");
    default:
      return siblings(podName);
  }
}

/** `<name>-<middle><random>`, of which what is before the random part may be cut off. */
function generated(name: string, middle: string): string {
  const base = `${name}-`;
  const room = MAX_BASE_LENGTH - base.length;
  if (room <= 0) return `${exactly(base.slice(0, MAX_BASE_LENGTH))}${SUFFIX}`;
  const whole = `${exactly(base)}${middle}${SUFFIX}`;
  if (middle === "" || room >= HASH_LENGTH) return whole;
  return `(?:${whole}|${exactly(base)}[a-z0-9-]{${room}}${SUFFIX})`;
}

/** Those that differ in the random part only. */
function siblings(podName: string): string {
  const base = new RegExp(`^(.+-)${SUFFIX}$`).exec(podName)?.[1];
  return base === undefined ? exactly(podName) : `${exactly(base)}${SUFFIX}`;
}
