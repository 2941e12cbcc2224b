import assert from "node:assert/strict";
import { MADE_UP } from "../../../bench/decisions/made-up.ts";
import { seeded } from "../../../bench/decisions/random.ts";
import { DAY_SECONDS, type Trace } from "../../../bench/decisions/trace.ts";
import { VARIANTS } from "../../../bench/decisions/variants.ts";

/** Ten days in steps of so many seconds, each sample of its own size. */
function trace(step: number): Trace {
  const length = (10 * DAY_SECONDS) / step;
  const cpu = Float64Array.from({ length }, (_, at) => 1 + at);
  const mem = cpu.map((x) => x * 1000);
  return { name: `each-${step}`, step, hasMemory: true, cpu, mem };
}

const given = [trace(60), trace(300)];
function variant(name: string): Trace[] {
  const found = VARIANTS.find((each) => each.name === name);
  assert.ok(found !== undefined, name);
  return found.of(given);
}

describe("bench/decisions/variants", () => {
  it("leave the traces that they are made from as they were", () => {
    for (const { of } of VARIANTS) of(given);
    assert.deepEqual(given, [trace(60), trace(300)]);
  });

  it("are the same in each run", () => {
    for (const { name, of } of VARIANTS) assert.deepEqual(of(given), of(given), name);
  });

  it("hold as many samples of memory as of CPU, of three days or more", () => {
    for (const { name, of } of VARIANTS) {
      for (const { cpu, mem, step } of of(given)) {
        assert.equal(mem?.length, cpu.length, name);
        assert.ok((cpu.length * step) / DAY_SECONDS >= 3, name);
      }
    }
  });

  it("begin later, larger, or at the end", () => {
    assert.equal(variant("begun 3 h later")[0]?.cpu[0], 181);
    assert.equal(variant("CPU and memory × 5")[1]?.mem?.[1], 10_000);
    assert.equal(variant("backwards in time")[1]?.cpu[0], 2880);
    assert.equal(variant("days 2 to 9")[1]?.cpu[0], 577);
  });

  it("leave out what is too short for the window", () => {
    assert.deepEqual(variant("days 15 to 30"), []);
  });

  it("sample more or less often: the mean of CPU, the peak of memory, the line between", () => {
    const [coarse, same] = variant("each 5 minutes");
    assert.deepEqual([coarse?.step, coarse?.cpu[0], coarse?.mem?.[0]], [300, 3, 5000]);
    assert.deepEqual(same?.cpu, given[1]?.cpu);
    const fine = variant("each minute")[1];
    assert.deepEqual([fine?.step, fine?.cpu[0], fine?.cpu[1]], [60, 1, 1.2]);
  });
});

describe("bench/decisions/made-up", () => {
  it("has two weeks of usage above zero in each trace, each under a name of its own", () => {
    const all = MADE_UP.flatMap(({ traces }) => traces);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    for (const { name, step, cpu, mem } of all) {
      assert.equal(cpu.length * step, 14 * DAY_SECONDS, name);
      assert.ok(cpu.every((x) => x > 0) && mem?.every((x) => x > 0), name);
    }
  });
});

describe("bench/decisions/random", () => {
  it("draws from 0 to 1 around a half, the same for the same seed", () => {
    const [a, b] = [seeded(7), seeded(7)];
    const drawn = Array.from({ length: 10_000 }, a);
    assert.deepEqual(drawn, Array.from({ length: 10_000 }, b));
    assert.ok(drawn.every((x) => x >= 0 && x < 1));
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, String(mean));
  });
});
