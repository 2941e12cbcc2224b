import assert from "node:assert/strict";
import fc from "fast-check";
import { OBSERVED_AT } from "../../../functions/alert-handle/observed-at.ts";
import { decide } from "../../../functions/alert-handle/decide.ts";
import type { Fact } from "../../../shared/pod-alerts/fact.ts";
import { Band, type Resource } from "../../../shared/policy-schema.ts";
import { after, fact, patched, pod, policy } from "./facts.ts";

const resolved = (minute: number, overrides: Partial<Fact> = {}) =>
  fact(minute, { firing: false, ...overrides });

describe("decide", () => {
  it("labels the pod and answers with its load", () => {
    const decision = decide(pod(), "cpu", fact(1), policy);
    assert.equal(decision.kind, "labelled");
    assert.deepEqual(decision.change?.labels, { "vigie.dev/load": "high" });
    assert.equal(decision.change?.annotations[OBSERVED_AT], "2026-11-20T11:01:00.000Z");
    assert.deepEqual(decision.answer, {
      id: fact(1).id,
      observedAt: "2026-11-20T11:01:00.000Z",
      percent: 92,
      band: "high",
      previousBand: null,
      labels: { set: { "vigie.dev/load": "high" }, removed: [] },
    });
  });

  it("answers the same fact again the same way, and writes nothing", () => {
    const first = decide(pod(), "cpu", fact(1), policy);
    const again = decide(patched(pod(), first), "cpu", fact(1), policy);
    assert.equal(again.kind, "repeated");
    assert.equal(again.change, null);
    assert.deepEqual(again.answer, first.answer);
  });

  it("puts back a label that somebody took away, when the alert is repeated", () => {
    const labelled = after(pod(), [["cpu", fact(1)]]);
    const decision = decide({ ...labelled, labels: {} }, "cpu", fact(1), policy);
    assert.equal(decision.kind, "labelled");
    assert.deepEqual(decision.change?.labels, { "vigie.dev/load": "high" });
  });

  it("changes nothing for an older fact, and answers nothing", () => {
    const now = after(pod(), [["cpu", fact(5)]]);
    const decision = decide(now, "cpu", fact(1), policy);
    assert.deepEqual([decision.kind, decision.change, decision.answer], ["stale", null, null]);
  });

  it("keeps the label when an older alert of another band comes late", () => {
    const now = after(pod(), [["cpu", fact(5, { key: "low", claim: "low", percent: 9 })]]);
    const decision = decide(now, "cpu", fact(1), policy);
    assert.equal(decision.kind, "noted");
    assert.deepEqual(decision.change?.labels, {});
    assert.equal(decision.answer, null);
  });

  it("keeps a stale firing from undoing a resolve", () => {
    const now = after(pod(), [
      ["cpu", resolved(5)],
      ["cpu", fact(1)],
    ]);
    assert.equal(now.labels["vigie.dev/load"], "low");
  });

  it("answers a new reading of the same band: whoever resizes needs it", () => {
    const now = after(pod(), [["cpu", fact(1)]]);
    const decision = decide(now, "cpu", fact(1, { percent: 97 }), policy);
    assert.equal(decision.kind, "noted");
    assert.equal(decision.answer?.percent, 97);
    assert.equal(decision.answer?.previousBand, "high");
  });

  it("answers a later reading of the same load, with its time", () => {
    const read = (minute: number) =>
      fact(1, { id: `read ${minute}`, readAt: `2026-11-20T11:${minute}:00.000Z` });
    const [first, later] = [read(10), read(15)];
    const now = after(pod(), [["cpu", first]]);
    const decision = decide(now, "cpu", later, policy);
    assert.equal(decision.kind, "noted");
    assert.equal(decision.change?.annotations[OBSERVED_AT], later.readAt);
    const { observedAt, percent, band } = decision.answer ?? {};
    assert.deepEqual([observedAt, percent, band], [later.readAt, 92, "high"]);
    // The other way round the first is old news, and the pod ends the same.
    const reversed = after(pod(), [["cpu", later]]);
    const late = decide(reversed, "cpu", first, policy);
    assert.deepEqual([late.kind, late.change, late.answer], ["stale", null, null]);
    // A resolve outranks every reading from before it.
    const ended = after(patched(now, decision), [["cpu", resolved(16)]]);
    assert.equal(ended.labels["vigie.dev/load"], "low");
    assert.equal(ended.annotations[OBSERVED_AT], resolved(16).at);
  });

  it("lets a reading of an older alert, still kept firing, not pass for one of the newest", () => {
    const newest = fact(5, { key: "moderate", claim: "moderate", percent: 40 });
    const kept = fact(1, { readAt: "2026-11-20T11:09:00.000Z" });
    const decision = decide(after(pod(), [["cpu", newest]]), "cpu", kept, policy);
    assert.equal(decision.answer, null);
    assert.deepEqual(decision.change?.labels, {});
  });

  describe("when an alert is resolved", () => {
    it("brings back the label that was there before", () => {
      for (const before of ["low", "moderate"]) {
        const now = after(pod({ "vigie.dev/load": before }), [
          ["cpu", fact(1)],
          ["cpu", resolved(5)],
        ]);
        assert.equal(now.labels["vigie.dev/load"], before);
      }
    });

    it("takes low where there was none, or none that is lower", () => {
      const labelSets: Record<string, string>[] = [{}, { "vigie.dev/load": "high" }];
      for (const before of labelSets) {
        const now = after(pod(before), [
          ["cpu", fact(1)],
          ["cpu", resolved(5)],
        ]);
        assert.equal(now.labels["vigie.dev/load"], "low");
      }
    });

    it("goes back to the alert that still fires", () => {
      const moderate = fact(3, { key: "moderate", claim: "moderate", percent: 50 });
      const now = after(pod(), [
        ["cpu", fact(1)],
        ["cpu", moderate],
        ["cpu", resolved(5)],
      ]);
      assert.equal(now.labels["vigie.dev/load"], "moderate");
    });

    it("uses its value when that is lower than the band that ended", () => {
      const now = after(pod(), [
        ["cpu", fact(1)],
        ["cpu", resolved(5, { percent: 40 })],
      ]);
      assert.equal(now.labels["vigie.dev/load"], "moderate");
    });

    it("tells no value that was read before the limit may have changed", () => {
      const moderate = fact(3, { key: "moderate", claim: "moderate", percent: 50 });
      const now = after(pod(), [
        ["cpu", moderate],
        ["cpu", fact(4)],
      ]);
      const { answer } = decide(now, "cpu", resolved(5), policy);
      assert.deepEqual([answer?.band, answer?.percent], ["moderate", null]);
    });

    it("is right without the firing that was lost", () => {
      const decision = decide(pod(), "cpu", resolved(5), policy);
      assert.deepEqual(decision.change?.labels, { "vigie.dev/load": "low" });
    });
  });

  it("keeps CPU and memory apart", () => {
    const now = after(pod(), [
      ["cpu", fact(5)],
      ["memory", fact(1, { key: "m", claim: "moderate", percent: 50 })],
    ]);
    assert.deepEqual(now.labels, { "vigie.dev/load": "high", "vigie.dev/memory": "moderate" });
    assert.equal(now.annotations[OBSERVED_AT], "2026-11-20T11:05:00.000Z");
  });

  it("starts afresh when somebody has broken what the pod remembers", () => {
    for (const text of ["", "{", "[]", '{"__proto__":{}}', "x".repeat(40_000)]) {
      const broken = { labels: {}, annotations: { "vigie.dev/alerts": text } };
      assert.equal(decide(broken, "cpu", fact(1), policy).kind, "labelled");
    }
  });

  it("takes away the labels of another preset when the policy changes", () => {
    const now = after(pod({ app: "cart" }), [["cpu", fact(1)]]);
    const rs = after(now, [["cpu", fact(2)]], { ...policy, preset: "r-s" });
    assert.deepEqual(rs.labels, { app: "cart", R3: "true", S1: "true" });
  });

  const anyFact: fc.Arbitrary<readonly [Resource, Fact]> = fc
    .record({
      resource: fc.constantFrom("cpu" as const, "memory" as const),
      minute: fc.integer({ min: 0, max: 9 }),
      readMinute: fc.option(fc.integer({ min: 0, max: 9 })),
      key: fc.constantFrom("a", "b", "c"),
      firing: fc.boolean(),
      claim: fc.constantFrom(null, ...Band.options),
      percent: fc.constantFrom(null, 0, 3, 31, 34, 50, 64, 67, 92, 130),
    })
    .filter(({ claim, percent }) => claim !== null || percent !== null)
    .map(({ resource, minute, readMinute, ...rest }) => {
      const readAt = readMinute === null ? {} : { readAt: fact(readMinute).at };
      return [resource, fact(minute, { ...rest, ...readAt })];
    });

  const beforehand = fc.constantFrom<Record<string, string>[]>(
    {},
    { "vigie.dev/load": "moderate", "vigie.dev/memory": "low" },
    { fogsla: "ok" },
    { fogsla: "no", status: "panne" },
    { status: "shipping" },
    { R1: "true", R2: "true", S3: "true" },
  );

  it("ends in the same labels for any order of more alerts than a pod remembers", () => {
    const facts = fc
      .array(fc.tuple(fc.nat(59), fc.nat(40), fc.boolean(), fc.constantFrom(9, 50, 92)), {
        minLength: 30,
        maxLength: 80,
      })
      .map((all) =>
        all.map(([minute, key, firing, percent]) =>
          fact(minute, { key: String(key), firing, percent, claim: null }),
        ),
      );
    fc.assert(
      fc.property(facts, (all) => {
        const inOrder = (some: readonly Fact[]) =>
          after(
            pod(),
            some.map((each) => ["cpu", each] as const),
          );
        assert.deepEqual(inOrder(all).labels, inOrder(all.toReversed()).labels);
      }),
      { numRuns: 25 },
    );
  });

  for (const preset of ["load", "status", "r-s"] as const) {
    it(`ends in the same labels for any order and duplication of facts (${preset})`, () => {
      const shuffled = fc.array(anyFact, { minLength: 1, maxLength: 24 }).chain((facts) =>
        fc.tuple(
          fc.constant(facts),
          fc.shuffledSubarray([...facts, ...facts, ...facts], {
            minLength: facts.length * 3,
            maxLength: facts.length * 3,
          }),
        ),
      );
      fc.assert(
        fc.property(shuffled, beforehand, ([facts, others], labels) => {
          const by = { ...policy, preset };
          const [one, other] = [after(pod(labels), facts, by), after(pod(labels), others, by)];
          assert.deepEqual(one.labels, other.labels);
          assert.equal(one.annotations[OBSERVED_AT], other.annotations[OBSERVED_AT]);
        }),
      );
    });

    it(`keeps what it has set, and never touches the labels of others (${preset})`, () => {
      fc.assert(
        fc.property(fc.array(anyFact, { minLength: 1 }), (facts) => {
          const by = { ...policy, preset };
          const now = after(pod({ app: "cart", "pod-template-hash": "1" }), facts, by);
          assert.equal(now.labels["app"], "cart");
          assert.equal(now.labels["pod-template-hash"], "1");
          for (const [resource, each] of facts) {
            const { change } = decide(now, resource, each, by);
            assert.deepEqual(change?.labels ?? {}, {});
          }
        }),
      );
    });
  }
});
