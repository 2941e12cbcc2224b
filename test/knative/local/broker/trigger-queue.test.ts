import assert from "node:assert/strict";
import type { EventStore, Item } from "../../../../knative/local/broker/store/event-store.ts";
import { createTriggerQueue } from "../../../../knative/local/broker/trigger-queue.ts";

describe("createTriggerQueue", () => {
  for (const firstDueAt of [1, 2, 3, 4, 5, 6]) {
    it(`loses nothing that falls due while it looks, at ${firstDueAt}`, async () => {
      // Every look at the clock is a millisecond later, as it may be on a busy machine.
      let clock = 0;
      const now = () => (clock += 1);
      const waiting = new Map<number, number>([[1, firstDueAt]]);
      const store = {
        due: (_key: string, at: number) =>
          [...waiting].filter(([, dueAt]) => dueAt <= at).map(([seq]) => item(seq)),
        nextDue: (_key: string, at: number) => {
          const later = [...waiting.values()].filter((dueAt) => dueAt > at);
          return later.length === 0 ? null : Math.min(...later);
        },
      } as unknown as EventStore;
      const done = new Promise<number>((resolve) => {
        const queue = createTriggerQueue({
          key: "vigie/machine-1",
          store,
          maxInFlight: 1,
          run: ({ seq }) => {
            waiting.delete(seq);
            queue.stop();
            resolve(seq);
            return Promise.resolve(null);
          },
          waits: () => false,
          now,
        });
        queue.wake();
      });
      assert.equal(await done, 1);
    });
  }
});

function item(seq: number): Item {
  const passage = {} as Item["passage"];
  return { seq, dueAt: 0, attempts: 1, stage: "subscriber", error: null, passage, bytes: 1 };
}
