import type { ControllerParts } from "./controller-parts.ts";
import { at, isRecord, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { templateHash } from "./object-names.ts";
import { isFinished } from "./pod-resources.ts";
import { isReady } from "./pod-status.ts";
import { endpointSlices, endpoints, pods, services } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { controllerReference } from "./replica-set.ts";
import type { Pod } from "./workload-types.ts";
import { isTerminating } from "./workload-status.ts";

/** The slice controller's own limit (`--max-endpoints-per-slice`). */
const mostInSlice = 100;

type Port = { name: string; port: number; protocol: string };
/** The pods of a Service that listen on the same ports. */
type Group = { ports: Port[]; pods: Pod[] };

const selectorOf = (service: KubeObject): JsonRecord | null => {
  const selector = at(service, "spec", "selector");
  return isRecord(selector) && Object.keys(selector).length > 0 ? selector : null;
};

function selects(service: KubeObject, { metadata }: KubeObject): boolean {
  const selector = selectorOf(service);
  if (selector === null) return false;
  return Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value);
}

/** Writes Endpoints and EndpointSlices of Services with a selector, as their two controllers do. */
export class EndpointsController {
  readonly #parts: ControllerParts;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  /** The Services that a change of a pod is news for. */
  concerned(pod: KubeObject, previous: KubeObject | undefined): KubeObject[] {
    return this.#parts.store
      .objects(services, pod.metadata.namespace)
      .filter(
        (service) =>
          selects(service, pod) || (previous !== undefined && selects(service, previous)),
      );
  }

  reconcile(service: KubeObject): void {
    if (selectorOf(service) === null || at(service, "spec", "type") === "ExternalName") return;
    const selected = (this.#parts.store.objects(pods, service.metadata.namespace) as Pod[]).filter(
      (pod) => selects(service, pod) && podIp(pod) !== "" && !isFinished(pod),
    );
    const groups = groupsOf(service, selected);
    this.#writeEndpoints(service, groups);
    this.#writeSlices(service, groups);
  }

  /** Slices go with their owner; Endpoints have none. */
  forget({ metadata }: KubeObject): void {
    const { store } = this.#parts;
    const own = store.get(endpoints, metadata.namespace, metadata.name);
    if (own?.metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller") {
      store.remove(endpoints, metadata.namespace, metadata.name);
    }
  }

  #writeEndpoints(service: KubeObject, groups: readonly Group[]): void {
    const isPublished = at(service, "spec", "publishNotReadyAddresses") === true;
    const { name, namespace = "", labels } = service.metadata;
    const subsets = groups.flatMap(({ ports, pods: members }) => {
      const alive = members.filter((pod) => !isTerminating(pod));
      const ready = alive.filter((pod) => isPublished || isReady(pod));
      const others = alive.filter((pod) => !ready.includes(pod));
      if (alive.length === 0) return [];
      return [
        {
          ...(ready.length === 0 ? {} : { addresses: ready.map(addressOf) }),
          ...(others.length === 0 ? {} : { notReadyAddresses: others.map(addressOf) }),
          ports: ports.map(({ name: port, ...rest }) => ({
            ...(port === "" ? {} : { name: port }),
            ...rest,
          })),
        },
      ];
    });
    this.#put(endpoints, {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: {
        name,
        namespace,
        labels: { ...labels, "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
      },
      ...(subsets.length === 0 ? {} : { subsets }),
    });
  }

  #writeSlices(service: KubeObject, groups: readonly Group[]): void {
    const { store } = this.#parts;
    const { name, namespace = "", labels, uid } = service.metadata;
    const full = groups.flatMap(({ ports, pods: members }) =>
      Array.from({ length: Math.ceil(members.length / mostInSlice) }, (_item, index) => ({
        ports,
        members: members.slice(index * mostInSlice, (index + 1) * mostInSlice),
      })),
    );
    const slices = full.length === 0 ? [{ ports: [], members: [] }] : full;
    const isPublished = at(service, "spec", "publishNotReadyAddresses") === true;
    const names = slices.map(({ ports, members }, index) => {
      const slice = `${name}-${templateHash(`${uid}/${index}`).slice(0, 5)}`;
      this.#put(endpointSlices, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: slice,
          namespace,
          labels: {
            ...labels,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": name,
          },
          ownerReferences: [controllerReference(service)],
        },
        addressType: "IPv4",
        endpoints: members.map((pod) => endpointOf(pod, isPublished)),
        ports,
      });
      return slice;
    });
    for (const { metadata } of store.objects(endpointSlices, namespace)) {
      const isOwn = metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
      if (isOwn && !names.includes(metadata.name)) {
        store.remove(endpointSlices, namespace, metadata.name);
      }
    }
  }

  #put(resource: Resource, object: KubeObject): void {
    const { store } = this.#parts;
    const current = store.get(resource, object.metadata.namespace, object.metadata.name);
    if (current === undefined) store.create(resource, object);
    else
      store.update(resource, { ...object, metadata: { ...current.metadata, ...object.metadata } });
  }
}

const podIp = (pod: Pod): string => pod.status?.podIP ?? "";

const referenceTo = ({ metadata }: Pod): JsonRecord => ({
  kind: "Pod",
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
});

const addressOf = (pod: Pod): JsonRecord => ({
  ip: podIp(pod),
  ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
  targetRef: referenceTo(pod),
});

function endpointOf(pod: Pod, isPublished: boolean): JsonRecord {
  const [serving, terminating] = [isReady(pod), isTerminating(pod)];
  return {
    addresses: [podIp(pod)],
    conditions: { ready: isPublished || (serving && !terminating), serving, terminating },
    nodeName: pod.spec.nodeName,
    targetRef: referenceTo(pod),
  };
}

function groupsOf(service: KubeObject, selected: readonly Pod[]): Group[] {
  const groups = new Map<string, Group>();
  for (const pod of selected) {
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, pods: [] };
    group.pods.push(pod);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The ports of a pod that a Service sends to; one that it names and the pod has not is left out. */
function portsOf(service: KubeObject, pod: Pod): Port[] {
  const ports = at(service, "spec", "ports");
  return (Array.isArray(ports) ? ports : []).flatMap((given: unknown) => {
    const target = at(given, "targetPort") ?? at(given, "port");
    const port = typeof target === "number" ? target : namedPort(pod, textOf(target));
    if (port === null) return [];
    return [
      { name: textOf(at(given, "name")), port, protocol: textOf(at(given, "protocol")) || "TCP" },
    ];
  });
}

function namedPort({ spec }: Pod, name: string): number | null {
  for (const container of spec.containers) {
    const ports = container["ports"];
    const found = (Array.isArray(ports) ? ports : []).find(
      (port: unknown) => at(port, "name") === name,
    );
    const port = at(found, "containerPort");
    if (typeof port === "number") return port;
  }
  return null;
}
