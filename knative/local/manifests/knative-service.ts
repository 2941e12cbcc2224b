import { z } from "zod";
import { type Autoscaling, readAutoscaling } from "./autoscaling.ts";
import { type Identity, Metadata } from "./metadata.ts";
import { PodSpec } from "./pod-spec.ts";

const Texts = z.record(z.string(), z.string()).default({});

export const KnativeServiceManifest = z.object({
  apiVersion: z.literal("serving.knative.dev/v1"),
  kind: z.literal("Service"),
  metadata: Metadata.superRefine(({ name, annotations }, context) => {
    if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
      const message = "must be at most 63 lower-case letters, digits and -, a letter first";
      context.addIssue({ code: "custom", path: ["name"], message });
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
          labels: Texts,
          annotations: Texts.superRefine((annotations, context) => {
            readAutoscaling(annotations, (annotation, message) => {
              context.addIssue({ code: "custom", path: [annotation], message });
            });
          }),
        })
        .default({ labels: {}, annotations: {} }),
      spec: PodSpec,
    }),
    traffic: z
      .array(
        z.strictObject({
          latestRevision: z.literal(true, "only the latest revision is run locally"),
          percent: z.literal(100, "only 100 % to the latest revision is run locally"),
        }),
      )
      .max(1, "only the latest revision is run locally")
      .optional(),
  }),
});

/** A Knative Service: its revision is the template. */
export type KnativeService = Identity & {
  template: {
    labels: Readonly<Record<string, string>>;
    annotations: Readonly<Record<string, string>>;
    spec: PodSpec;
  };
  autoscaling: Autoscaling;
};

export function toKnativeService(
  { spec }: z.output<typeof KnativeServiceManifest>,
  identity: Identity,
): KnativeService {
  const { labels, annotations } = spec.template.metadata;
  return {
    ...identity,
    template: { labels, annotations, spec: spec.template.spec },
    // Faults have been reported by the schema.
    autoscaling: readAutoscaling(annotations, () => {}),
  };
}
