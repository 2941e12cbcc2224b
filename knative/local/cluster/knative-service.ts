import { withDefaultsOf } from "./defaults.ts";
import type { ControllerParts } from "./controller-parts.ts";
import { at, isRecord } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { templateHash } from "./object-names.ts";
import { controllerReference } from "./replica-set.ts";
import {
  deployments,
  knativeConfigurations,
  knativeRevisions,
  knativeServices,
} from "./resources.ts";
import type { Resource } from "./resource.ts";
import { specSchemas } from "./workload-types.ts";
import type { Workload } from "./workload-types.ts";

/**
 * How many pods a Knative Service has in the simulated cluster. Without it none: the local runtime
 * runs services as processes, beside the cluster.
 */
const replicasAnnotation = "scenario.vigie.dev/replicas";
const hashAnnotation = "scenario.vigie.dev/template-hash";

/** Service → Configuration → Revision → Deployment; a new template is a new Revision. */
export class KnativeServiceController {
  readonly #parts: ControllerParts;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  reconcile(service: Workload): void {
    const { store } = this.#parts;
    const replicas = Number(service.metadata.annotations?.[replicasAnnotation] ?? Number.NaN);
    const template = withNames(service.spec?.template);
    if (!Number.isInteger(replicas) || replicas < 0 || template === null) return;
    const { namespace, name } = service.metadata;
    const configuration = this.#ensure(knativeConfigurations, service, name, {
      spec: { template },
    });
    const hash = templateHash(template);
    const known = store
      .dependents(configuration.metadata.uid ?? "")
      .filter(({ resource }) => resource.storage === knativeRevisions.storage)
      .map(({ object }) => object);
    const current = known.find((one) => one.metadata.annotations?.[hashAnnotation] === hash);
    const revisionName =
      current?.metadata.name ?? `${name}-${String(known.length + 1).padStart(5, "0")}`;
    const labels = {
      "serving.knative.dev/service": name,
      "serving.knative.dev/configuration": name,
      "serving.knative.dev/revision": revisionName,
    };
    const revision = this.#ensure(knativeRevisions, configuration, revisionName, {
      metadata: { labels, annotations: { [hashAnnotation]: hash } },
      spec: template.spec,
    });
    const target = this.#ensure(deployments, revision, `${revisionName}-deployment`, {
      metadata: { labels },
      spec: {
        replicas,
        selector: { matchLabels: { "serving.knative.dev/revision": revisionName } },
        template: {
          metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
          spec: template.spec,
        },
      },
    });
    const isReady = Number(at(target, "status", "availableReplicas") ?? 0) >= replicas;
    const ready = isReady ? revisionName : at(service, "status", "latestReadyRevisionName");
    for (const old of known) {
      if (isReady && old.metadata.name !== revisionName) this.#retire(old);
    }
    const latest = store.get(knativeServices, namespace, name);
    if (latest === undefined) return;
    store.update(knativeServices, {
      ...latest,
      status: {
        observedGeneration: latest.metadata.generation,
        latestCreatedRevisionName: revisionName,
        ...(ready === undefined ? {} : { latestReadyRevisionName: ready }),
        conditions: [{ type: "Ready", status: isReady ? "True" : "Unknown" }],
      },
    });
  }

  #ensure(resource: Resource, owner: KubeObject, name: string, more: object): KubeObject {
    const { store } = this.#parts;
    const { namespace = "" } = owner.metadata;
    const found = store.get(resource, namespace, name);
    if (found !== undefined) return found;
    const { metadata, ...rest } = more as { metadata?: object };
    const made: KubeObject = {
      apiVersion: `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: { name, namespace, ownerReferences: [controllerReference(owner)], ...metadata },
      ...rest,
    };
    return store.create(resource, withDefaultsOf(made, resource));
  }

  #retire(revision: KubeObject): void {
    const { store } = this.#parts;
    for (const { resource, object } of store.dependents(revision.metadata.uid ?? "")) {
      if (resource.storage !== deployments.storage) continue;
      const deployment = object as Workload;
      store.update(resource, { ...deployment, spec: { ...deployment.spec, replicas: 0 } });
    }
  }
}

/** Knative names a container that has no name; null for what is no pod template. */
function withNames(template: unknown): Workload["spec"]["template"] | null {
  const containers = at(template, "spec", "containers");
  if (!isRecord(template) || !isRecord(template["spec"]) || !Array.isArray(containers)) return null;
  const named = {
    ...template,
    spec: {
      ...template["spec"],
      containers: containers.map((container) => ({ name: "user-container", ...Object(container) })),
    },
  };
  const fits = specSchemas["deployments.apps"]?.safeParse({ selector: {}, template: named });
  return fits?.success === true ? (named as unknown as Workload["spec"]["template"]) : null;
}
