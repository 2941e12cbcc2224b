import { z } from "zod";
import { type Identity, Metadata } from "./metadata.ts";

export const CoreServiceManifest = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("Service"),
  metadata: Metadata,
  spec: z.looseObject({
    selector: z.record(z.string(), z.string()).default({}),
    ports: z.array(z.looseObject({ port: z.int() })).default([]),
  }),
});

/** A plain Service of Kubernetes: a name for pods. */
export type CoreService = Identity & {
  /** Labels of the pods; empty: none are found by it. */
  selector: Readonly<Record<string, string>>;
  ports: readonly number[];
};

export function toCoreService(
  { spec }: z.output<typeof CoreServiceManifest>,
  identity: Identity,
): CoreService {
  const { selector, ports } = spec;
  return { ...identity, selector, ports: ports.map(({ port }) => port) };
}
