import * as z from "zod/mini";
import { Action } from "../policy-words.ts";

/** 128 bits in hex: see `deriveId`. */
export const DecisionId = z.string().check(z.regex(/^[0-9a-f]{32}$/));

/** Kubernetes quantities of one resource of a container, as they are written; null where not set. */
export const Share = z.lazy(() =>
  z.object({ request: z.nullable(z.string()), limit: z.nullable(z.string()) }),
);
export type Share = z.infer<typeof Share>;

/** A container, or a sidecar: an init container that keeps running. */
export const ContainerKind = z.enum(["container", "sidecar"]);

/** What one container gets. */
export const ContainerChange = z.lazy(() =>
  z.object({
    container: z.string().check(z.minLength(1)),
    kind: ContainerKind,
    before: Share,
    after: Share,
  }),
);
export type ContainerChange = z.infer<typeof ContainerChange>;

/** An action that did not do: by which decision, and why not. */
export const Tried = z.lazy(() =>
  z.object({ action: Action, decisionId: DecisionId, reason: z.string() }),
);
export type Tried = z.infer<typeof Tried>;

/** Where a change goes: more, less, or neither. */
export const Direction = z.enum(["up", "down", "none"]);
export type Direction = z.infer<typeof Direction>;

export const ReplicaChange = z.lazy(() =>
  z.nullable(z.object({ before: z.int(), after: z.int() })),
);

export const VolumeChange = z.lazy(() =>
  z.nullable(z.object({ claim: z.string(), beforeBytes: z.int(), afterBytes: z.int() })),
);
