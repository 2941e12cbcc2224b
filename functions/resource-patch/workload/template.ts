import * as z from "zod/mini";
import type { Owner } from "../../../shared/events/load.ts";
import type { ContainerChange, Share } from "../../../shared/events/change.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import type { Labels } from "../../../shared/opt-in.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../../shared/quantity.ts";
import { kindOf, type WorkloadKind } from "./kinds.ts";
import type { Target } from "./target.ts";

/** In JSON a quantity may be a plain number. */
const Quantities = z.record(z.string(), z.union([z.string(), z.number()]));
const Container = z.lazy(() =>
  z.object({
    name: z._default(z.string(), ""),
    resources: z.optional(
      z.object({ requests: z.optional(Quantities), limits: z.optional(Quantities) }),
    ),
  }),
);
type TemplateContainer = z.infer<typeof Container>;
const Template = z.lazy(() =>
  z.object({
    metadata: z.optional(
      z.object({
        name: z.optional(z.string()),
        labels: z.optional(z.record(z.string(), z.string())),
      }),
    ),
    spec: z.object({
      containers: z.array(Container),
      initContainers: z.optional(z.array(Container)),
    }),
  }),
);

/** What Knative calls the only container of a template that names none. */
const KNATIVE_CONTAINER = "user-container";

/** Where a container is in a template. */
export type Place = {
  list: "containers" | "initContainers";
  index: number;
  container: TemplateContainer;
};

/** Labels of the pods to come; none where a workload has no template that we know. */
export function templateLabels(owner: Owner, target: Target): Labels {
  const parsed = Template.safeParse(templateAt(kindOf(owner)?.template ?? null, target));
  return parsed.success ? (parsed.data.metadata?.labels ?? {}) : {};
}

function templateAt(path: readonly string[] | null, target: Target): unknown {
  let found: unknown = path === null ? undefined : target;
  for (const field of path ?? []) found = (found as Record<string, unknown> | undefined)?.[field];
  return found;
}

/** The pod template of a workload; a sentence when it cannot be written. */
export function readTemplate(
  owner: Owner,
  target: Target,
): { kind: WorkloadKind; template: z.infer<typeof Template> } | string {
  const kind = kindOf(owner);
  if (kind === null || kind.template === null) {
    return `the template of a ${owner.kind} is not for writing`;
  }
  const parsed = Template.safeParse(templateAt(kind.template, target));
  if (!parsed.success) return `${owner.kind} ${owner.name} has no template of its own`;
  if (kind.plural === "services" && parsed.data.metadata?.name !== undefined) {
    return `${owner.kind} ${owner.name} names its revision: a new template needs a new name`;
  }
  return { kind, template: parsed.data };
}

/** null when the template has no such container: something has put it into the pod. */
export function placeOf(
  { spec }: z.infer<typeof Template>,
  { container, kind }: Pick<ContainerChange, "container" | "kind">,
): Place | null {
  const list = kind === "sidecar" ? "initContainers" : "containers";
  const found = spec[list] ?? [];
  const index = found.findIndex(
    ({ name }) =>
      name === container || (name === "" && found.length === 1 && container === KNATIVE_CONTAINER),
  );
  const at = found[index];
  return at === undefined ? null : { list, index, container: at };
}

function shareOf({ resources }: TemplateContainer, resource: Resource): Share {
  const text = (value: string | number | undefined) => (value === undefined ? null : String(value));
  return {
    request: text(resources?.requests?.[resource]),
    limit: text(resources?.limits?.[resource]),
  };
}

/**
 * The changes as they are for a template, which may say something else than its pods do since they
 * were resized; a sentence when it lacks a container.
 */
export function templateChanges(
  owner: Owner,
  target: Target,
  resource: Resource,
  changes: readonly ContainerChange[],
): ContainerChange[] | string {
  const found = readTemplate(owner, target);
  if (typeof found === "string") return found;
  const own: ContainerChange[] = [];
  for (const change of changes) {
    const place = placeOf(found.template, change);
    if (place === null) return `container ${change.container} is not in the template`;
    own.push({ ...change, before: shareOf(place.container, resource) });
  }
  return own;
}

/** Whether a template has exactly one side of the changes. Compared by what they are worth. */
export function templateHas(
  owner: Owner,
  target: Target,
  resource: Resource,
  changes: readonly ContainerChange[],
  side: "before" | "after",
): boolean {
  const found = readTemplate(owner, target);
  if (typeof found === "string") return false;
  const worth = (quantity: string | null) => {
    if (quantity === null) return null;
    return resource === "cpu" ? parseCpuMillis(quantity) : parseMemoryBytes(quantity);
  };
  return changes.every((change) => {
    const place = placeOf(found.template, change);
    if (place === null) return false;
    const { request, limit } = shareOf(place.container, resource);
    const wanted = change[side];
    return worth(request) === worth(wanted.request) && worth(limit) === worth(wanted.limit);
  });
}
