import assert from "node:assert/strict";
import { create, type Observation } from "../../../bench/decisions/policy.ts";

const HOUR_SECONDS = 3600;
const GIB = 1024 ** 3;

/** Replays steps of five minutes, decisions in force from the next, as the replay does. */
function replay(
  hours: number,
  usage: (atSeconds: number) => { cpu: number; mem: number },
): { inForce: { cpu: number; mem: number }; changes: number } {
  const policy = create({ step: 300, hasMemory: true });
  let inForce = { cpu: 1, mem: GIB };
  let changes = 0;
  for (let t = 0; t < hours * HOUR_SECONDS; t += 300) {
    const limits = { ...inForce, cpuLimit: 2 * inForce.cpu, memLimit: inForce.mem };
    const { cpu, mem } = usage(t);
    const seen: Observation = {
      t,
      cpu: Math.min(cpu, limits.cpuLimit),
      mem: Math.min(mem, limits.memLimit),
      oom: mem > limits.memLimit,
      inForce: limits,
    };
    const decided = policy.observe(seen);
    if (decided === null) continue;
    changes += 1;
    inForce = decided;
  }
  return { inForce, changes };
}

describe("bench/decisions/policy", () => {
  it("speaks cores and bytes, and settles a steady workload with one change", () => {
    const { inForce, changes } = replay(72, () => ({ cpu: 0.1, mem: GIB / 4 }));
    assert.deepEqual(inForce, { cpu: 0.108, mem: 313 * 1024 * 1024 });
    assert.equal(changes, 1);
  });

  it("grows past the limit and past a kill, without waiting", () => {
    const jump = 48 * HOUR_SECONDS;
    const { inForce } = replay(50, (t) =>
      t < jump ? { cpu: 0.1, mem: GIB / 4 } : { cpu: 4, mem: 2 * GIB },
    );
    assert.ok(inForce.cpu > 4, `${inForce.cpu} cores`);
    assert.ok(inForce.mem > 2 * GIB, `${inForce.mem} bytes`);
  });
});
