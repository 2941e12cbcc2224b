import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, type Tick } from "../../../functions/number-emit/decide.ts";
import { NumberEmitted } from "../../../shared/events/number.ts";

const tick = (overrides: Partial<Tick> = {}): Tick => ({
  id: "1c7c7b4e-6f31-4a5f-9a07-5b2f8b3a4c11",
  source: "/apis/v1/namespaces/vigie/pingsources/number-clock",
  time: "2026-11-21T10:00:00.123Z",
  atMs: 1_795_255_200_123,
  ...overrides,
});

describe("number-emit decide", () => {
  it("draws the same event from the same tick", () => {
    assert.deepEqual(decide(tick()), decide(tick()));
  });

  it("takes sequence and time from the tick", () => {
    const { reply } = decide(tick());
    assert.equal(reply.time, "2026-11-21T10:00:00.123Z");
    assert.equal(NumberEmitted.data.parse(reply.data).sequence, 1_795_255_200_123);
  });

  it("gives another id to another tick, and to the same id of another clock", () => {
    const ids = [tick(), tick({ id: "2" }), tick({ source: "/curl" })].map(
      (each) => decide(each).reply.id,
    );
    assert.equal(new Set(ids).size, 3);
  });

  it("answers an event of the contract for any tick", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.maxSafeNat(), (id, atMs) => {
        NumberEmitted.data.parse(decide(tick({ id, atMs })).reply.data);
      }),
    );
  });

  it("spreads the values from 0 to 999", () => {
    const values = Array.from({ length: 20_000 }, (_, index) => {
      const { data } = decide(tick({ id: String(index) })).reply;
      return NumberEmitted.data.parse(data).value;
    });
    assert.ok(new Set(values).size > 990);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(Math.abs(mean - 499.5) < 10, `mean ${mean}`);
  });

  it("refuses a time that is no instant since 1970", () => {
    for (const atMs of [Number.NaN, -1]) {
      assert.throws(() => decide(tick({ atMs })), { code: "INVALID_TIME", status: 422 });
    }
  });
});
