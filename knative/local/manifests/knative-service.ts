import { z } from "zod";
import { type Autoscaling, readAutoscaling } from "./autoscaling.ts";
import { type Identity, Metadata } from "./metadata.ts";
import { AUTOSCALER_CONFIG, type AutoscalerConfig } from "./config/autoscaler.ts";
import { SERVING_DEFAULTS, type ServingDefaults } from "./config/serving-defaults.ts";
import { type PodSpec, podSpec } from "./pod-spec.ts";
import { otherRevisions, tagsOf, Traffic } from "./traffic.ts";
import { queueShareFault, rolloutFault, visibilityFault } from "./service-annotations.ts";

const Texts = z.record(z.string(), z.string()).default({});

/** As Serving's own config has it. */
export type ServingConfig = { defaults: ServingDefaults; autoscaler: AutoscalerConfig };

function knativeServiceManifest({ defaults, autoscaler }: ServingConfig) {
  return z
    .object({
      apiVersion: z.literal("serving.knative.dev/v1"),
      kind: z.literal("Service"),
      metadata: Metadata.superRefine(({ name, labels, annotations }, context) => {
        if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
          const message = "must be at most 63 lower-case letters, digits and -, a letter first";
          context.addIssue({ code: "custom", path: ["name"], message });
        }
        const found = { annotations: rolloutFault(annotations), labels: visibilityFault(labels) };
        for (const [field, fault] of Object.entries(found)) {
          if (fault === null) continue;
          context.addIssue({ code: "custom", path: [field, fault[0]], message: fault[1] });
        }
        for (const annotation of Object.keys(annotations)) {
          if (!annotation.startsWith("autoscaling.knative.dev/")) continue;
          const message = "belongs into spec.template.metadata.annotations";
          context.addIssue({ code: "custom", path: ["annotations", annotation], message });
        }
      }),
      spec: z.strictObject({
        template: z.strictObject({
          metadata: z
            .looseObject({
              name: z.string().optional(),
              generateName: z
                .string()
                .regex(
                  /^([a-z][-a-z0-9]*)?$/,
                  "must be lower-case letters, digits and -, a letter first",
                )
                .optional(),
              labels: Texts,
              annotations: Texts.superRefine((annotations, context) => {
                const onFault = (annotation: string, message: string) =>
                  context.addIssue({ code: "custom", path: [annotation], message });
                readAutoscaling(annotations, onFault, autoscaler);
                const share = queueShareFault(annotations);
                if (share !== null) {
                  context.addIssue({ code: "custom", path: [share[0]], message: share[1] });
                }
              }),
            })
            .default({ labels: {}, annotations: {} }),
          spec: podSpec(defaults),
        }),
        traffic: Traffic.default([]),
      }),
    })
    .superRefine(({ metadata, spec }, context) => {
      const { name = "" } = spec.template.metadata;
      for (const index of otherRevisions(spec.traffic, name)) {
        const message = "only the revision of the template is run locally";
        context.addIssue({
          code: "custom",
          path: ["spec", "traffic", index, "revisionName"],
          message,
        });
      }
      const prefix = `${metadata.name}-`;
      const isLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
      if (name === "" || (isLabel && name.startsWith(prefix))) return;
      const message = `must be at most 63 lower-case letters, digits and -, and begin with ${prefix}`;
      context.addIssue({ code: "custom", path: ["spec", "template", "metadata", "name"], message });
    });
}

const UNTOUCHED: ServingConfig = { defaults: SERVING_DEFAULTS, autoscaler: AUTOSCALER_CONFIG };

/** Where the manifests say nothing of the config. */
export const KnativeServiceManifest = knativeServiceManifest(UNTOUCHED);

/** A schema costs milliseconds to make and to use for the first time: nearly all share one. */
export function serviceManifestOf({ defaults, autoscaler }: ServingConfig) {
  const isUntouched = JSON.stringify({ defaults, autoscaler }) === JSON.stringify(UNTOUCHED);
  return isUntouched ? KnativeServiceManifest : knativeServiceManifest({ defaults, autoscaler });
}

/** A Knative Service: its revision is the template. */
export type KnativeService = Identity & {
  template: {
    /** Of the revision; null leaves it to Knative. */
    name: string | null;
    labels: Readonly<Record<string, string>>;
    annotations: Readonly<Record<string, string>>;
    spec: PodSpec;
  };
  autoscaling: Autoscaling;
  /** Of traffic: `<tag>-<name>` is a name of the Service too. */
  tags: readonly string[];
};

export function toKnativeService(
  { spec }: z.output<typeof KnativeServiceManifest>,
  identity: Identity,
  autoscaler: AutoscalerConfig,
): KnativeService {
  const { name, labels, annotations } = spec.template.metadata;
  return {
    ...identity,
    template: { name: name || null, labels, annotations, spec: spec.template.spec },
    tags: tagsOf(spec.traffic),
    // Faults have been reported by the schema.
    autoscaling: readAutoscaling(annotations, () => {}, autoscaler),
  };
}
