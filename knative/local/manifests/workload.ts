import { z } from "zod";
import { LOCAL_COMMAND } from "../serving/command.ts";
import { standInFor } from "../serving/stand-in.ts";
import { CeOverrides, toExtensions } from "./ce-overrides.ts";
import { EnvFrom, Port, Probe, VolumeMount, WorkloadEnvVar } from "./container.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { type Identity, Metadata } from "./metadata.ts";
import { ConfigMapVolume, EmptyDir, SecretVolume } from "./pod-spec.ts";

const Texts = z.record(z.string(), z.string()).default({});
const notRun = (what: string) => z.undefined(`${what} is not run locally yet`).optional();

/** What says how the program is run. The rest of a pod (resources, affinity, …) means nothing here. */
const WorkloadContainer = z.looseObject({
  name: z.string().optional(),
  image: z.string().min(1),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  env: z.array(WorkloadEnvVar).default([]),
  envFrom: z.array(EnvFrom).default([]),
  ports: z.array(Port).default([]),
  readinessProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  startupProbe: Probe.optional(),
  lifecycle: notRun("lifecycle"),
  volumeMounts: z.array(VolumeMount).default([]),
});

const WorkloadPod = z.looseObject({
  containers: z
    .array(WorkloadContainer)
    .min(1, "needs a container")
    .max(1, "more than one container is not run locally yet"),
  initContainers: notRun("an init container"),
  volumes: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        configMap: ConfigMapVolume.optional(),
        secret: SecretVolume.optional(),
        emptyDir: EmptyDir.optional(),
      }),
    )
    .default([]),
  serviceAccountName: z.string().min(1).default("default"),
  automountServiceAccountToken: z.boolean().optional(),
  terminationGracePeriodSeconds: z.int().min(0).default(30),
});
type WorkloadPod = z.output<typeof WorkloadPod>;

const Template = z.looseObject({
  metadata: z
    .looseObject({ labels: Texts, annotations: Texts })
    .default({ labels: {}, annotations: {} }),
  spec: WorkloadPod,
});

export const DeploymentManifest = z.object({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("Deployment"),
  metadata: Metadata,
  spec: z.looseObject({ replicas: z.int().min(0).default(1), template: Template }),
});

/** `E:pkg/apis/sources/v1/container_{types,validation}.go` */
export const ContainerSourceManifest = z.object({
  apiVersion: z.literal("sources.knative.dev/v1"),
  kind: z.literal("ContainerSource"),
  metadata: Metadata,
  spec: z.strictObject({
    template: Template.refine(({ spec }) => spec.containers.every(({ name }) => name), {
      path: ["spec", "containers"],
      message: "each container needs a name",
    }),
    sink: DestinationSpec,
    ceOverrides: CeOverrides.optional(),
  }),
});

/** Processes that are always there, whatever the load. */
export type Workload = Identity & {
  kind: "Deployment" | "ContainerSource";
  replicas: number;
  template: {
    labels: Readonly<Record<string, string>>;
    annotations: Readonly<Record<string, string>>;
    spec: WorkloadPod;
  };
};

export type ContainerSource = Workload & {
  sink: Destination;
  extensions: Readonly<Record<string, string>>;
};

export function toDeployment(
  { spec }: z.output<typeof DeploymentManifest>,
  identity: Identity,
): Workload {
  return {
    ...identity,
    kind: "Deployment",
    replicas: spec.replicas,
    template: flat(spec.template),
  };
}

export function toContainerSource(
  { spec }: z.output<typeof ContainerSourceManifest>,
  identity: Identity,
): ContainerSource {
  return {
    ...identity,
    kind: "ContainerSource",
    replicas: 1,
    template: flat(spec.template),
    sink: toDestination(spec.sink, identity.namespace),
    extensions: toExtensions(spec.ceOverrides),
  };
}

function flat({ metadata, spec }: z.output<typeof Template>): Workload["template"] {
  return { labels: metadata.labels, annotations: metadata.annotations, spec };
}

/**
 * Whether a Deployment says what to start without its image, or has one that a stand-in is for. Any
 * other one belongs to the cluster alone: what is in a folder of manifests need not be started to
 * try its events.
 */
export function hasLocalCommand(object: unknown): boolean {
  const parsed = z
    .object({
      spec: z.object({
        template: z.object({
          metadata: z.object({ annotations: z.looseObject({}).default({}) }).default({
            annotations: {},
          }),
          spec: z.object({ containers: z.array(z.object({ image: z.string() })) }).optional(),
        }),
      }),
    })
    .safeParse(object);
  if (!parsed.success) return false;
  const { metadata, spec } = parsed.data.spec.template;
  const [container, ...others] = spec?.containers ?? [];
  if (LOCAL_COMMAND in metadata.annotations) return true;
  return container !== undefined && others.length === 0 && standInFor(container.image) !== null;
}
