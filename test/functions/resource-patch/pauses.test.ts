import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_REQUESTS,
  pauseFor,
  type Request,
  withRequest,
} from "../../../functions/resource-patch/pauses.ts";
import type { Scope } from "../../../shared/events/order.ts";

const NOW = "2026-11-21T12:00:00.000Z";
const at = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
const cart = { namespace: "shop", kind: "Deployment", name: "cart" };

const request = (change: Partial<Request>): Request => ({
  id: "1",
  kind: "pause",
  target: { scope: "all" },
  at: at(-60),
  until: null,
  by: "ada",
  note: null,
  ...change,
});

const anyScope: fc.Arbitrary<Scope> = fc.oneof(
  fc.constant<Scope>({ scope: "all" }),
  fc.constantFrom("shop", "bank").map((namespace): Scope => ({ scope: "namespace", namespace })),
  fc
    .record({ namespace: fc.constantFrom("shop", "bank"), name: fc.constantFrom("cart", "till") })
    .map((name): Scope => ({ scope: "workload", kind: "Deployment", ...name })),
);
const anyRequests = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom("pause" as const, "resume" as const),
    target: anyScope,
    at: fc.integer({ min: -3_000, max: 0 }).map(at),
    until: fc.option(fc.integer({ min: -100, max: 100 }).map(at)),
    by: fc.constant("ada"),
    note: fc.constant(null),
  }),
  { selector: ({ id }) => id, maxLength: 12 },
);
const book = (requests: readonly Request[]): readonly Request[] =>
  requests.reduce<readonly Request[]>((kept, one) => {
    const next = withRequest(kept, one, NOW);
    assert.ok(next);
    return next;
  }, []);

describe("pauses as a set of requests", () => {
  it("hold the same in whatever order and however often the requests come", () => {
    fc.assert(
      fc.property(
        anyRequests,
        fc.array(fc.nat(11)),
        fc.infiniteStream(fc.nat()),
        (all, again, keys) => {
          const repeats = again.flatMap((index) => all[index] ?? []);
          const shuffled = [...all, ...repeats]
            .map((one) => ({ one, key: keys.next().value ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const [one, other] = [book(all), book(shuffled)].map((kept) => {
            const pause = pauseFor(kept, cart, NOW);
            return pause === null ? null : pause.what;
          });
          assert.equal(one, other);
        },
      ),
    );
  });

  it("end with what is resumed later and is as wide", () => {
    const pause = request({ target: { scope: "namespace", namespace: "shop" } });
    const narrower: Scope = { scope: "workload", ...cart };
    const ended = (change: Partial<Request>) =>
      pauseFor([pause, request({ id: "2", kind: "resume", at: at(0), ...change })], cart, NOW) ===
      null;
    assert.equal(ended({}), true);
    assert.equal(ended({ target: pause.target }), true);
    assert.equal(ended({ target: narrower }), false);
    assert.equal(ended({ target: { scope: "namespace", namespace: "bank" } }), false);
    assert.equal(ended({ at: at(-61) }), false);
  });

  it("are forgotten a day after they are over, and never while they hold", () => {
    const old = request({ id: "old", at: at(-90_000) });
    const over = request({ id: "over", at: at(-90_000), until: at(-80_000) });
    const kept = withRequest([old, over], request({ id: "new" }), NOW);
    assert.deepEqual(
      kept?.map(({ id }) => id),
      ["old", "new"],
    );
    const full = Array.from({ length: MAX_REQUESTS }, (_, index) => request({ id: `${index}` }));
    assert.equal(withRequest(full, request({ id: "one more" }), NOW), null);
    assert.equal(withRequest(full, request({ id: "0" }), NOW)?.length, MAX_REQUESTS);
  });
});
