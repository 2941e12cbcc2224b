import { isRecord, own } from "./kube-object.ts";
import type { Resource } from "./resources.ts";

/**
 * The fields an object may have: a name that is absent here is unknown, `null` is taken as it is.
 * A list is checked by its items.
 */
type Fields = { readonly [name: string]: Fields | null };

const plain = (names: string): Fields =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, null]));

// `k8s.io/api` and `apimachinery` of Kubernetes 1.35, alpha fields included.
const metadata = plain(
  `annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName
  generation labels managedFields name namespace ownerReferences resourceVersion selfLink uid`,
);
const selector = plain("matchExpressions matchLabels");
const container: Fields = {
  ...plain(
    `args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe
    resizePolicy restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce
    terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir`,
  ),
  resources: plain("claims limits requests"),
};
const podSpec: Fields = {
  ...plain(
    `activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy
    enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname
    hostnameOverride imagePullSecrets nodeName nodeSelector os overhead preemptionPolicy priority
    priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName
    schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN
    shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations
    topologySpreadConstraints volumes workloadRef`,
  ),
  containers: container,
  initContainers: container,
};
const template: Fields = { metadata, spec: podSpec };
const replicated: Fields = { ...plain("minReadySeconds replicas"), selector, template };
const rolling = plain("rollingUpdate type");

/** By storage; the kinds that people write most by hand. */
const specs: Readonly<Record<string, Fields>> = {
  "pods.": podSpec,
  "replicasets.apps": replicated,
  "deployments.apps": {
    ...replicated,
    ...plain("paused progressDeadlineSeconds revisionHistoryLimit"),
    strategy: rolling,
  },
  "statefulsets.apps": {
    ...replicated,
    ...plain(
      `ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy revisionHistoryLimit
      serviceName volumeClaimTemplates`,
    ),
    updateStrategy: rolling,
  },
  "daemonsets.apps": {
    ...plain("minReadySeconds revisionHistoryLimit"),
    selector,
    template,
    updateStrategy: rolling,
  },
};

/** Bounds what a hostile object can make us say. */
const mostTold = 10;
const longestPath = 200;

/**
 * Paths of fields that no such object has, as kube-apiserver names them (`spec.replcas`), ten at
 * the most; empty for the kinds whose fields are not known here.
 */
export function unknownFields(object: unknown, resource: Resource): string[] {
  const spec = own(specs, resource.storage);
  if (spec === undefined) return [];
  const whole: Fields = { ...plain("apiVersion kind status"), metadata, spec };
  const found: string[] = [];
  for (const path of unknownIn(object, whole, "")) {
    found.push(path.slice(0, longestPath));
    if (found.length === mostTold) break;
  }
  return found;
}

function* unknownIn(value: unknown, fields: Fields, path: string): Generator<string> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      yield* unknownIn(item, fields, `${path}[${index}]`);
    return;
  }
  if (!isRecord(value)) return;
  for (const [name, member] of Object.entries(value)) {
    const known = own(fields, name);
    const at = path === "" ? name : `${path}.${name}`;
    if (known === undefined) yield at;
    else if (known !== null) yield* unknownIn(member, known, at);
  }
}
