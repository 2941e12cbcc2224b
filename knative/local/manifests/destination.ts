import { z } from "zod";

const Ref = z
  .strictObject({
    apiVersion: z.string().min(1),
    kind: z.string().min(1),
    name: z.string().min(1),
    namespace: z.string().min(1).optional(),
  })
  .describe("a reference to an object that can take events");

/**
 * Where events go: `ref`, an absolute `uri`, or a `ref` with a `uri` relative to it (RFC 3986: a
 * `uri` of `/x` replaces the path). `knative.dev/pkg/apis/duck/v1/destination.go`.
 */
export const DestinationSpec = z
  .strictObject({ ref: Ref.optional(), uri: z.string().min(1).optional() })
  .superRefine(({ ref, uri }, context) => {
    if (ref === undefined && uri === undefined) {
      context.addIssue({ code: "custom", message: "needs a ref or a uri" });
    }
    if (ref === undefined && uri !== undefined && !isHttpUrl(uri)) {
      context.addIssue({
        code: "custom",
        path: ["uri"],
        message: "must be an absolute http or https URL when there is no ref",
      });
    }
    if (ref !== undefined && uri !== undefined && URL.canParse(uri)) {
      context.addIssue({
        code: "custom",
        path: ["uri"],
        message: "must be relative when there is a ref too",
      });
    }
  });

/** A destination with the namespace of its reference filled in. */
export type Destination = {
  ref?: { apiVersion: string; kind: string; name: string; namespace: string };
  uri?: string;
};

/** A reference without a namespace means the namespace of the object that has it. */
export function toDestination(
  spec: z.output<typeof DestinationSpec>,
  ownNamespace: string,
): Destination {
  const { ref, uri } = spec;
  return {
    ...(ref === undefined ? {} : { ref: { ...ref, namespace: ref.namespace ?? ownNamespace } }),
    ...(uri === undefined ? {} : { uri }),
  };
}

/** How a destination is shown to people: `name` of the reference, or the URL. */
export function destinationName({ ref, uri }: Destination): string {
  return ref === undefined ? (uri ?? "") : `${ref.name}${uri ?? ""}`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
