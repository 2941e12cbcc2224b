import { z } from "zod";
import { CeOverrides, toExtensions } from "./ce-overrides.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { FilterEntry, type FilterSpec } from "./filter.ts";
import { LabelSelector } from "./label-selector.ts";
import { type Identity, Metadata, ServiceAccountName } from "./metadata.ts";

const Kind = {
  apiVersion: z.string().regex(/^[^/]+(\/[^/]+)?$/, "must be a version, or a group and a version"),
  kind: z.string().trim().min(1),
};
const Watched = z.strictObject({ ...Kind, selector: LabelSelector.optional() });

/** `E:pkg/apis/sources/v1/apiserver_{types,validation,defaults}.go` */
export const ApiServerSourceManifest = z.object({
  apiVersion: z.literal("sources.knative.dev/v1"),
  kind: z.literal("ApiServerSource"),
  metadata: Metadata,
  spec: z.strictObject({
    resources: z.array(Watched).min(1, "needs a resource"),
    mode: z.enum(["Reference", "Resource"], "must be Reference or Resource").default("Reference"),
    owner: z.strictObject(Kind).optional(),
    namespaceSelector: LabelSelector.optional(),
    serviceAccountName: ServiceAccountName,
    sink: DestinationSpec,
    ceOverrides: CeOverrides.optional(),
    /** Behind a flag: see `flaggedFaults`. */
    filters: z.array(FilterEntry).default([]),
  }),
});

export type ApiServerSource = Identity & {
  resources: readonly z.output<typeof Watched>[];
  mode: "Reference" | "Resource";
  /** Only objects that such an object controls. */
  owner: { apiVersion: string; kind: string } | null;
  /** Null: its own namespace. Empty: all of them. */
  namespaceSelector: LabelSelector | null;
  serviceAccount: string;
  sink: Destination;
  /** Of a Trigger's form. They see the event before it has an id, a time and its overrides. */
  filters: readonly FilterSpec[];
  extensions: Readonly<Record<string, string>>;
};

export function toApiServerSource(
  { spec }: z.output<typeof ApiServerSourceManifest>,
  identity: Identity,
): ApiServerSource {
  const { resources, mode, owner, namespaceSelector, serviceAccountName, sink } = spec;
  return {
    ...identity,
    resources,
    mode,
    owner: owner ?? null,
    namespaceSelector: namespaceSelector ?? null,
    serviceAccount: serviceAccountName,
    sink: toDestination(sink, identity.namespace),
    filters: spec.filters,
    extensions: toExtensions(spec.ceOverrides),
  };
}
