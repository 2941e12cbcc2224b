import assert from "node:assert/strict";
import { sendInOrder } from "../../../functions/alert-source/send.ts";
import { PermanentError, TransientError } from "../../../shared/errors.ts";
import type { Event } from "../../../shared/events/contract.ts";

const event = (id: string, partitionkey: string, minute = 0): Event => ({
  specversion: "1.0",
  id,
  source: "/test",
  type: "test",
  time: `2026-11-20T11:${String(minute).padStart(2, "0")}:00Z`,
  partitionkey,
});
const signal = new AbortController().signal;

describe("sendInOrder", () => {
  it("sends the events of a pod one after the other, oldest first", async () => {
    const log: string[] = [];
    const events = [event("b", "p", 2), event("a", "p", 1), event("c", "p", 3)];
    const failures = await sendInOrder(
      events,
      async ({ id }) => {
        log.push(`${id} starts`);
        await new Promise(setImmediate);
        log.push(`${id} ends`);
      },
      { lanes: 4, signal },
    );
    assert.deepEqual(failures, []);
    assert.deepEqual(log, ["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("sends for different pods side by side, within the lanes", async () => {
    let inFlight = 0;
    let most = 0;
    const events = Array.from({ length: 20 }, (_, index) => event(`${index}`, `pod-${index}`));
    await sendInOrder(
      events,
      async () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise(setImmediate);
        inFlight -= 1;
      },
      { lanes: 3, signal },
    );
    assert.equal(most, 3);
  });

  it("holds back what follows a failure for the same pod only", async () => {
    const sent: string[] = [];
    const failures = await sendInOrder(
      [event("a", "p", 1), event("b", "p", 2), event("c", "q")],
      async ({ id }) => {
        if (id === "a") throw new TransientError("SINK_UNAVAILABLE", "down");
        sent.push(id);
      },
      { lanes: 2, signal },
    );
    assert.deepEqual(sent, ["c"]);
    assert.deepEqual(
      failures.map((failure) => failure.event.id),
      ["a", "b"],
    );
  });

  it("goes on after an event that was refused", async () => {
    const sent: string[] = [];
    const failures = await sendInOrder(
      [event("a", "p", 1), event("b", "p", 2)],
      async ({ id }) => {
        if (id === "a") throw new PermanentError("SINK_REFUSED", "no");
        sent.push(id);
      },
      { lanes: 2, signal },
    );
    assert.deepEqual(sent, ["b"]);
    assert.deepEqual(
      failures.map((failure) => failure.event.id),
      ["a"],
    );
  });
});
