import { type CloudEvent, withAttributes } from "../broker/cloud-event.ts";
import type { ApiServerSource } from "../manifests/api-server-source.ts";

/** What a watch says about one object. `plural`: of its kind, as in URLs. */
export type ResourceChange = {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: WatchedObject;
  apiVersion: string;
  kind: string;
  plural: string;
};

export type WatchedObject = {
  metadata: {
    name: string;
    namespace?: string;
    ownerReferences?: readonly { apiVersion: string; kind: string; controller?: boolean }[];
  };
};

const VERBS = { ADDED: "add", MODIFIED: "update", DELETED: "delete" } as const;

/**
 * The event of one change, as `E:pkg/adapter/apiserver/events/events.go` makes it: in Reference
 * mode the data names the object, in Resource mode it is the object. It is what the source's own
 * filters see: without id, time and overrides. `server`: URL of the API. Pure.
 */
export function changeEvent(
  { mode }: Pick<ApiServerSource, "mode">,
  server: string,
  { type, object, apiVersion, kind, plural }: ResourceChange,
): CloudEvent {
  const { name, namespace = "" } = object.metadata;
  const isReference = mode === "Reference";
  const attributes = new Map([
    ["specversion", "1.0"],
    ["source", server],
    ["type", `dev.knative.apiserver.${isReference ? "ref" : "resource"}.${VERBS[type]}`],
    // Knative writes core kinds and those without a namespace in the same form.
    ["subject", `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`],
    ["datacontenttype", "application/json"],
    ["kind", kind],
    ["name", name],
    ["apiversion", apiVersion],
  ]);
  if (namespace !== "") attributes.set("namespace", namespace);
  const reference = { kind, ...(namespace === "" ? {} : { namespace }), name, apiVersion };
  // A watch gives no kind with the objects of some servers; the data has it all the same.
  const whole = { apiVersion, kind, ...object };
  return { attributes, data: Buffer.from(JSON.stringify(isReference ? reference : whole)) };
}

/** The event of a change as it is sent. Pure. */
export function sentEvent(
  event: CloudEvent,
  { extensions }: Pick<ApiServerSource, "extensions">,
  { id, time }: { id: string; time: Date },
): CloudEvent {
  return withAttributes(event, { id, time: time.toISOString(), ...extensions });
}

/** Whether the source wants it: with `owner`, only what such an object controls. */
export function isOwned({ owner }: Pick<ApiServerSource, "owner">, object: WatchedObject): boolean {
  if (owner === null) return true;
  return (object.metadata.ownerReferences ?? []).some(
    ({ apiVersion, kind, controller }) =>
      controller === true && apiVersion === owner.apiVersion && kind === owner.kind,
  );
}
