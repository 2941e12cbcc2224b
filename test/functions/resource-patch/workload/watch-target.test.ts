import assert from "node:assert/strict";
import fc from "fast-check";
import type { Intent } from "../../../../functions/resource-patch/intent.ts";
import type { Pod } from "../../../../functions/resource-patch/pod-facts.ts";
import {
  podsWorseThanBefore,
  watchTarget,
} from "../../../../functions/resource-patch/workload/watch-target.ts";

const START = Date.parse("2026-11-21T12:00:00.000Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

type Facts = { born?: number; ended?: number; reason?: string; unready?: number; phase?: string };
/** Times are in seconds from the change. */
const pod = ({ born = -900, ended, reason, unready, phase = "Running" }: Facts): Pod =>
  ({
    metadata: { namespace: "shop", name: "web-1", uid: "1", creationTimestamp: at(born) },
    status: {
      phase,
      conditions: [
        unready === undefined
          ? { type: "Ready", status: "True" }
          : { type: "Ready", status: "False", lastTransitionTime: at(unready) },
      ],
      containerStatuses: [
        {
          name: "app",
          ...(ended === undefined
            ? {}
            : { lastState: { terminated: { exitCode: 1, reason, finishedAt: at(ended) } } }),
        },
      ],
    },
  }) as unknown as Pod;
const owner = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
const load = { cause: "1", podUid: "1", resource: "cpu", percent: 92, band: "high" } as const;
const change = {
  action: "scale-out",
  target: owner,
  load: { ...load, observedAt: at(-9) },
} as const;
const watch = (pods: Pod[]) =>
  watchTarget(pods, change, "up", { reliefDeadlineSeconds: 600 }, at(0));
const worse = (
  before: Pod[],
  after: Pod[],
  { action = "scale-out" as "scale-out" | "patch-owner", seconds = 60 } = {},
) => {
  const intent: Pick<Intent, "at" | "watch"> = { at: at(0), watch: watch(before) };
  return podsWorseThanBefore(after, action, intent, at(seconds));
};

describe("what is watched of the pods of a workload", () => {
  const table: [string, Pod[], Pod[], RegExp | null][] = [
    ["nothing happened", [pod({})], [pod({})], null],
    ["a container restarted", [pod({})], [pod({ ended: 20 })], /^1 container restarted since, 0 /],
    ["it did before, too", [pod({ ended: -60 })], [pod({ ended: 20 })], null],
    ["it did long before", [pod({ ended: -700 })], [pod({ ended: 20 })], /restarted/],
    ["it did before, and not since", [pod({ ended: -60 })], [pod({ ended: -60 })], null],
    ["a pod is not ready since", [pod({})], [pod({ unready: 10 })], /web-1 is not ready/],
    ["a pod is not ready for a moment", [pod({})], [pod({ unready: 40 })], null],
    ["a pod was not ready before", [pod({ unready: -90 })], [pod({ unready: 10 })], null],
    ["a pod has done its work", [pod({})], [pod({ unready: 10, phase: "Succeeded" })], null],
  ];
  for (const [what, before, after, expected] of table) {
    it(`${what}: ${expected === null ? "not worse" : "worse"}`, () => {
      const said = worse(before, after);
      if (expected === null) assert.equal(said, null);
      else assert.match(said ?? "", expected);
    });
  }

  it("of a new template only its own pods, and that one is killed for want of memory", () => {
    const killed = { ended: 20, reason: "OOMKilled" };
    const action = "patch-owner";
    assert.equal(worse([pod({})], [pod(killed)], { action }), null);
    const said = worse([pod({ ended: -60 })], [pod({ ...killed, born: 5 })], { action });
    assert.match(said ?? "", /container app of pod web-1 was killed for want of memory since/);
  });

  it("is for relief where running pods feel it", () => {
    const of = (action: "scale-out" | "patch-owner", kind: string, direction: "up" | "down") =>
      watchTarget(
        [],
        { ...change, action, target: { ...owner, kind } },
        direction,
        { reliefDeadlineSeconds: 600 },
        at(0),
      ).isRelief;
    assert.equal(of("scale-out", "ReplicaSet", "up"), true);
    assert.equal(of("patch-owner", "Deployment", "up"), true);
    assert.equal(of("patch-owner", "ReplicaSet", "up"), false);
    assert.equal(of("patch-owner", "Deployment", "down"), false);
  });

  it("never finds what was there before worse, and with more restarts nothing gets better", () => {
    const facts = fc.record(
      { ended: fc.integer({ min: -1200, max: -1 }), unready: fc.integer({ min: -1200, max: -1 }) },
      { requiredKeys: [] },
    );
    const isNothing = (value: unknown) => value === undefined;
    fc.assert(
      fc.property(
        fc.array(facts, { maxLength: 6 }),
        fc.integer({ min: 0, max: 900 }),
        fc.nat(5),
        (before, seconds, index) => {
          const known = before.map((each) =>
            pod(Object.fromEntries(Object.entries(each).filter(([, value]) => !isNothing(value)))),
          );
          assert.equal(worse(known, known, { seconds }), null);
          const chosen = before[index];
          if (chosen === undefined || (chosen.ended ?? -9999) >= -600) return;
          const more = known.map((each, place) => (place === index ? pod({ ended: 0 }) : each));
          const restartedBefore = before.filter(({ ended = -9999 }) => ended >= -600).length;
          assert.equal(worse(known, more, { seconds }) === null, restartedBefore > 0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
