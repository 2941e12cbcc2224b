import { attribute, type CloudEvent, withAttributes } from "./cloud-event.ts";
import type { Unmatched } from "./delivery.ts";
import type { Engine, Intake, Passage, Refused } from "./engine.ts";
import { faultOf } from "./event-fault.ts";
import type { Router } from "./router.ts";
import { nextTtl, TTL_ATTRIBUTE } from "./ttl.ts";

type Arrival = Omit<Passage, "headers">;

/**
 * What happens to an event that has been read, in Knative's order: is it valid, is there such a
 * broker, may it still travel. Then it gets its arrival time and goes to the triggers it matches.
 */
export function createIntake(
  routers: () => ReadonlyMap<string, Router>,
  /** Whether a broker is a channel. */
  isChannel: (key: string) => boolean,
  engine: () => Engine,
  now: () => number,
  onUnmatched: (unmatched: Unmatched) => void,
): Intake {
  return async (namespace, name, event, headers, signal) => {
    const brokerKey = `${namespace}/${name}`;
    const router = routers().get(brokerKey);
    const host = router === undefined ? null : isChannel(brokerKey) ? "channel" : "broker";
    const arrival = arrive(brokerKey, host, event, now());
    if ("status" in arrival || router === undefined) return arrival as Refused;
    const routes = router(arrival.event);
    if (routes.length === 0) {
      onUnmatched({
        time: new Date(now()),
        eventType: attribute(event, "type"),
        eventId: attribute(event, "id"),
        broker: brokerKey,
      });
    }
    return engine().accept({ ...arrival, headers }, routes, signal);
  };
}

/** The event as filters see it, or why the broker does not take it. Pure. */
export function arrive(
  brokerKey: string,
  host: "broker" | "channel" | null,
  event: CloudEvent,
  now: number,
): Arrival | Refused {
  const fault = faultOf(event);
  if (fault !== null) return { status: 400, code: "INVALID_EVENT", message: fault };
  if (host === null) {
    const [namespace, name] = brokerKey.split("/");
    const message = `there is no broker ${name} in namespace ${namespace}`;
    return { status: 404, code: "UNKNOWN_BROKER", message };
  }
  // A channel takes an event as it is, and counts no passes.
  if (host === "channel") return { brokerKey, event, ttl: 0 };
  const ttl = nextTtl(event.attributes.get(TTL_ATTRIBUTE));
  if (ttl === null) {
    const message = `event ${attribute(event, "id")} has passed the broker too often: is there a loop of replies?`;
    return { status: 400, code: "TTL_EXHAUSTED", message };
  }
  const arrived = withAttributes(event, {
    knativearrivaltime: new Date(now).toISOString(),
    [TTL_ATTRIBUTE]: undefined,
  });
  return { brokerKey, event: arrived, ttl };
}
