import { z } from "zod";
import { CeOverrides, toExtensions } from "./ce-overrides.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { LabelSelector } from "./label-selector.ts";
import { type Identity, Metadata } from "./metadata.ts";

/** `E:pkg/apis/sources/v1/sinkbinding_{types,validation}.go` */
export const SinkBindingManifest = z
  .object({
    apiVersion: z.literal("sources.knative.dev/v1"),
    kind: z.literal("SinkBinding"),
    metadata: Metadata,
    spec: z.strictObject({
      subject: z
        .strictObject({
          apiVersion: z.string().min(1),
          kind: z.string().min(1),
          namespace: z.string().optional(),
          name: z.string().min(1).optional(),
          selector: LabelSelector.optional(),
        })
        .refine(({ name, selector }) => (name === undefined) !== (selector === undefined), {
          message: "needs exactly one of name and selector",
        }),
      sink: DestinationSpec,
      ceOverrides: CeOverrides.optional(),
    }),
  })
  .refine(
    ({ metadata, spec }) => (spec.subject.namespace ?? metadata.namespace) === metadata.namespace,
    { path: ["spec", "subject", "namespace"], message: "must be the namespace of the SinkBinding" },
  );

export type SinkBinding = Identity & {
  /** In the namespace of the binding. */
  subject: {
    apiVersion: string;
    kind: string;
    name?: string | undefined;
    selector?: LabelSelector | undefined;
  };
  sink: Destination;
  /** For K_CE_OVERRIDES, which is "" when there are none. */
  extensions: Readonly<Record<string, string>>;
};

export function toSinkBinding(
  manifest: z.output<typeof SinkBindingManifest>,
  identity: Identity,
): SinkBinding {
  const { subject, sink, ceOverrides } = manifest.spec;
  const { apiVersion, kind, name, selector } = subject;
  return {
    ...identity,
    subject: { apiVersion, kind, name, selector },
    sink: toDestination(sink, identity.namespace),
    extensions: toExtensions(ceOverrides),
  };
}
