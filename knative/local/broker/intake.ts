import { attribute, withAttributes } from "./cloud-event.ts";
import type { Engine, Intake } from "./engine.ts";
import { faultOf } from "./event-fault.ts";
import type { Router } from "./router.ts";
import { nextTtl, TTL_ATTRIBUTE } from "./ttl.ts";

/**
 * What happens to an event that has been read, in Knative's order: is it valid, is there such a
 * broker, may it still travel. Then it gets its arrival time and goes to the triggers it matches.
 */
export function createIntake(
  routers: ReadonlyMap<string, Router>,
  engine: () => Engine,
  now: () => number,
): Intake {
  return async (namespace, name, event, headers, signal) => {
    const fault = faultOf(event);
    if (fault !== null) return { status: 400, code: "INVALID_EVENT", message: fault };
    const brokerKey = `${namespace}/${name}`;
    const router = routers.get(brokerKey);
    if (router === undefined) {
      const message = `there is no broker ${name} in namespace ${namespace}`;
      return { status: 404, code: "UNKNOWN_BROKER", message };
    }
    const ttl = nextTtl(event.attributes.get(TTL_ATTRIBUTE));
    if (ttl === null) {
      const message = `event ${attribute(event, "id")} has passed the broker too often: is there a loop of replies?`;
      return { status: 400, code: "TTL_EXHAUSTED", message };
    }
    const arrived = withAttributes(event, {
      knativearrivaltime: new Date(now()).toISOString(),
      [TTL_ATTRIBUTE]: undefined,
    });
    return engine().accept({ brokerKey, event: arrived, ttl, headers }, router(arrived), signal);
  };
}
