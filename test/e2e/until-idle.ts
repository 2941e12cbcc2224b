import { send } from "./http.ts";
import { type Runtime, waitFor } from "./runtime.ts";

/** What the broker has counted for one trigger since it started. */
type Counts = Record<"matched" | "delivered" | "replied" | "deadLettered" | "dropped", number>;
type Status = { brokers: { triggers: { name: string; counts: Counts }[] }[] };

/**
 * Waits until no trigger has an event that waits, is on its way or is tried again: all that follows
 * from what was accepted before has been done. With a name, of that trigger alone.
 */
export async function untilIdle(vigie: Runtime, trigger?: string): Promise<void> {
  await waitFor(`nothing to wait for ${trigger ?? "any trigger"}`, async () => {
    const { body } = await send(`http://127.0.0.1:${vigie.brokerPort}/`);
    const triggers = (JSON.parse(body) as Status).brokers.flatMap((broker) => broker.triggers);
    const asked = triggers.filter(({ name }) => trigger === undefined || name === trigger);
    return asked.length > 0 && asked.every(({ counts }) => isOver(counts));
  });
}

/** A reply is matched before the delivery that it answers is counted as replied. */
function isOver({ matched, delivered, replied, deadLettered, dropped }: Counts): boolean {
  return matched === delivered + replied + deadLettered + dropped;
}
