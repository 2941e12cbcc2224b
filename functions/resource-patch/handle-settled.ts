import type { Event } from "../../shared/events/contract.ts";
import type { Settlement } from "../../shared/events/settled.ts";
import type { Outcome } from "../../shared/function.ts";
import { changeOfSettled, nextAfter } from "./change.ts";
import type { Context } from "./context.ts";

/**
 * What comes after the end of a change. What is open is looked at again; what came to nothing is
 * decided anew without it; a new size goes from the pod that does well with it to the next replica.
 * The broker is the clock and the loop: nothing waits in memory.
 */
export async function handleSettled(
  event: Event<Settlement> & { data: Settlement },
  context: Context,
): Promise<Outcome> {
  const settlement = event.data;
  const change = changeOfSettled(settlement);
  if (change === null) return { kind: "noted", reason: "it does not say for which load it was" };
  switch (nextAfter(change, settlement)) {
    case "none":
      return { kind: "noted", reason: settlement.reason };
    case "follow": {
      if (change.action === "resize") {
        const { followResize } = await import("./follow-resize.ts");
        return await followResize(change, event.id, context);
      }
      const { followTarget } = await import("./workload/follow-target.ts");
      return await followTarget(change, event.id, context);
    }
    case "fallback": {
      const { fallBack } = await import("./fall-back.ts");
      return await fallBack(change, settlement, context);
    }
    case "spread": {
      const { spread } = await import("./spread.ts");
      return await spread(change, context);
    }
  }
}
