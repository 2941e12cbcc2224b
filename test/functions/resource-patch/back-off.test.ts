import assert from "node:assert/strict";
import { nextBackOff } from "../../../functions/resource-patch/back-off.ts";
import type { BackOff } from "../../../shared/events/situation.ts";

const START = Date.parse("2026-11-21T12:00:00.000Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const seconds = ({ at: from, until }: BackOff) => (Date.parse(until) - Date.parse(from)) / 1000;

describe("the back-off after a change that did not help", () => {
  it("doubles with every failure in a row, up to a day", () => {
    let backOff: BackOff | null = null;
    const waits: number[] = [];
    let now = 0;
    for (let failure = 0; failure < 12; failure += 1) {
      backOff = nextBackOff(backOff, { direction: "up", reliefSeconds: 600, at: at(now) });
      waits.push(seconds(backOff));
      now += seconds(backOff) + 600;
    }
    assert.deepEqual(
      waits,
      [600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, 86_400, 86_400, 86_400, 86_400],
    );
  });

  it("begins again for the other direction, and after a day without a failure", () => {
    const failed = { direction: "up", reliefSeconds: 600, at: at(0) } as const;
    const second = nextBackOff(nextBackOff(null, failed), failed);
    assert.equal(second.failures, 2);
    assert.equal(nextBackOff(second, { ...failed, direction: "down" }).failures, 1);
    assert.equal(nextBackOff(second, { ...failed, at: at(1200 + 86_401) }).failures, 1);
  });
});
