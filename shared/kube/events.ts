import type { KubeClient } from "./client.ts";
import { KubeError } from "./error.ts";
import { pathSegment } from "./path.ts";

/** What is to be seen in `kubectl describe` of the object. */
export type Note = {
  /** From the cause: the same cause makes no second event. Lower-case hex. */
  id: string;
  regarding: { apiVersion: string; kind: string; namespace: string; name: string; uid: string };
  /** RFC 3339. */
  time: string;
  type: "Normal" | "Warning";
  /** What was done, in UpperCamelCase: "Resize". */
  action: string;
  /** Why, in UpperCamelCase: "Resized". */
  reason: string;
  note: string;
};

/** Limits of the API server, in bytes. */
const MAX_NOTE_BYTES = 1024;
const MAX_NAME_CHARACTERS = 253;

/**
 * Records a Kubernetes Event. Never throws: what was done stands, seen or not.
 * @returns null when it is recorded (now or before), else why it is not.
 */
export async function recordEvent(
  kube: KubeClient,
  { id, regarding, time, type, action, reason, note }: Note,
  reporter: { controller: string; instance: string },
): Promise<Error | null> {
  const { namespace, name } = regarding;
  try {
    await kube.request<void>({
      method: "POST",
      path: `/apis/events.k8s.io/v1/namespaces/${pathSegment(namespace)}/events`,
      body: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { namespace, name: eventName(name, id) },
        // A MicroTime: the API server takes six digits of a second.
        eventTime: new Date(time).toISOString().replace("Z", "000Z"),
        type,
        action,
        reason,
        note: truncate(note, MAX_NOTE_BYTES),
        reportingController: reporter.controller,
        reportingInstance: reporter.instance.slice(0, 128),
        regarding,
      },
      discard: true,
    });
    return null;
  } catch (error) {
    if (error instanceof KubeError && error.reason === "AlreadyExists") return null;
    return error instanceof Error ? error : new Error(String(error));
  }
}

function eventName(object: string, id: string): string {
  const suffix = `.${id.slice(0, 32)}`;
  // What is cut may end in "-" or ".", which no part of a name may.
  return object.slice(0, MAX_NAME_CHARACTERS - suffix.length).replace(/[-.]+$/, "") + suffix;
}

function truncate(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  // A character cut in two decodes to U+FFFD, which takes three bytes.
  const cut = Buffer.from(text).subarray(0, bytes - 6);
  return `${cut.toString("utf8").replace(/\uFFFD$/, "")}…`;
}
