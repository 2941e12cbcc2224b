import { createHash } from "node:crypto";
import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { at, isRecord, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { coreEvents } from "./resources.ts";
import { badRequest, invalid, requiredField } from "./status-error.ts";
import type { Cause } from "./status-error.ts";
import type { Store } from "./store.ts";

/** Records what a component did, where `kubectl describe` shows it. */
export type RecordEvent = (
  about: KubeObject,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
  component: string,
) => void;

/**
 * Events of the cluster's own components. The same event about the same object again raises its
 * count, as client-go's recorder does.
 */
export function createRecorder(store: Store, clock: Clock): RecordEvent {
  return (about, type, reason, message, component) => {
    const time = toTime(clock.nowMs());
    const namespace = about.metadata.namespace ?? "default";
    const hash = createHash("sha1")
      .update([about.metadata.uid, type, reason, message, component].join("\0"))
      .digest("hex")
      .slice(0, 16);
    const name = `${about.metadata.name.slice(0, 200)}.${hash}`;
    const known = store.get(coreEvents, namespace, name);
    if (known !== undefined) {
      store.update(coreEvents, {
        ...known,
        count: Number(known["count"] ?? 1) + 1,
        lastTimestamp: time,
      });
      return;
    }
    store.create(coreEvents, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: {
        kind: about.kind,
        ...(about.metadata.namespace === undefined ? {} : { namespace }),
        name: about.metadata.name,
        uid: about.metadata.uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
      },
      reason,
      message,
      source: { component },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: "",
    });
  };
}

const newFields = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
] as const;

function renamed(object: JsonRecord, from: 0 | 1, to: 0 | 1): JsonRecord {
  const names = new Map<string, string>(newFields.map((pair) => [pair[from], pair[to]]));
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]),
  );
}

/** An `events.k8s.io/v1` event as the core event it is stored as. */
export const toCoreEvent = (event: KubeObject): KubeObject =>
  ({ ...renamed(event, 0, 1), apiVersion: "v1" }) as KubeObject;

/** A stored event as `events.k8s.io/v1` shows it. */
export const toNewEvent = (event: KubeObject): KubeObject =>
  ({ ...renamed(event, 1, 0), apiVersion: "events.k8s.io/v1" }) as KubeObject;

const textFault = (event: KubeObject, field: string, maxBytes: number): Cause[] => {
  const value = event[field];
  if (typeof value !== "string" || value === "") return [requiredField(field)];
  return Buffer.byteLength(value) > maxBytes
    ? [
        {
          reason: "FieldValueInvalid",
          message: `Invalid value: "": can have at most ${maxBytes} characters`,
          field,
        },
      ]
    : [];
};

/**
 * The rules for a new event of `events.k8s.io/v1` (pkg/apis/core/validation/events.go); core/v1
 * only wants the namespace to be that of the object.
 * @throws StatusError 400 or 422.
 */
export function validateEvent(event: KubeObject, group: string): void {
  const about = event[group === "" ? "involvedObject" : "regarding"];
  if (!isRecord(about)) throw badRequest("an event must say which object it is about");
  const namespace = about["namespace"] ?? "";
  const causes: Cause[] = [];
  if (
    namespace !== event.metadata.namespace &&
    !(namespace === "" && event.metadata.namespace === "default")
  ) {
    causes.push({
      reason: "FieldValueInvalid",
      message: `Invalid value: ${JSON.stringify(namespace)}: does not match event.namespace`,
      field: "involvedObject.namespace",
    });
  }
  if (group !== "") {
    if (Number.isNaN(Date.parse(String(event["eventTime"])))) {
      causes.push(requiredField("eventTime"));
    }
    causes.push(
      ...textFault(event, "reportingController", 253),
      ...textFault(event, "reportingInstance", 128),
      ...textFault(event, "action", 128),
      ...textFault(event, "reason", 128),
    );
    if (Buffer.byteLength(textOf(event["note"])) > 1024) {
      causes.push({
        reason: "FieldValueInvalid",
        message: 'Invalid value: "": can have at most 1024 characters',
        field: "message",
      });
    }
    if (event["type"] !== "Normal" && event["type"] !== "Warning") {
      causes.push({
        reason: "FieldValueInvalid",
        message: `Invalid value: ${JSON.stringify(event["type"] ?? "")}: has invalid value: `,
        field: "type",
      });
    }
  }
  if (causes.length > 0) throw invalid(coreEvents, event.metadata.name, causes);
}

/** The latest moment an event speaks of, in milliseconds. */
export function eventTimeMs(event: KubeObject): number {
  const times = [
    at(event, "series", "lastObservedTime"),
    event["lastTimestamp"],
    event["eventTime"],
    event["firstTimestamp"],
    event.metadata.creationTimestamp,
  ];
  for (const time of times) {
    const ms = typeof time === "string" ? Date.parse(time) : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
  }
  return 0;
}
