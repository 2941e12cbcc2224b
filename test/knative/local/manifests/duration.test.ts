import assert from "node:assert/strict";
import { goDurationMs, isoDurationMs } from "../../../../knative/local/manifests/duration.ts";

describe("durations", () => {
  const iso: [string, number | null][] = [
    ["PT0.2S", 200],
    ["PT0.25S", 200],
    ["PT0.05S", 0],
    ["PT1.99S", 1_900],
    ["PT0,3S", 300],
    ["PT1M30S", 90_000],
    ["PT1H", 3_600_000],
    ["P1DT1S", 86_401_000],
    ["P1W", 604_800_000],
    ["PT0S", 0],
    ["P", null],
    ["PT", null],
    ["200ms", null],
    ["1s", null],
    ["PT1", null],
    ["PTS", null],
    ["", null],
  ];
  for (const [text, expected] of iso) {
    it(`${JSON.stringify(text)} is ${expected} ms`, () => {
      assert.equal(isoDurationMs(text), expected);
    });
  }

  it("of Go are read too, where Serving wants them", () => {
    const texts = ["60s", "1m30s", "1h", "500ms", "0", "60", "PT1S"];
    assert.deepEqual(texts.map(goDurationMs), [60_000, 90_000, 3_600_000, 500, 0, null, null]);
    const odd = ["1500us", "2µs", "1ns", "-5s", "+.5s", "1.s", "-0", "s", "-", ".s", "5 s", ""];
    const expected = [1.5, 0.002, 1e-6, -5_000, 500, 1_000, 0, null, null, null, null, null];
    assert.deepEqual(
      odd.map((text) => goDurationMs(text)?.toPrecision(6) ?? null),
      expected.map((one) => one?.toPrecision(6) ?? null),
    );
  });
});
