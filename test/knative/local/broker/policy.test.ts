import assert from "node:assert/strict";
import { backoffMs, isRetryable, retryWaitMs } from "../../../../knative/local/broker/policy.ts";
import { nextTtl } from "../../../../knative/local/broker/ttl.ts";
import { createRoute } from "../../../../knative/local/broker/route.ts";
import { brokerYaml, triggerYaml, wire } from "./harness.ts";

describe("delivery policy", () => {
  it("waits d·2^(k-1) and d·(k-1) with MT, d·2^k and d·k with Kafka", () => {
    const waits = (policy: "linear" | "exponential", flavour: "mt" | "kafka") =>
      [1, 2, 3, 4].map((retry) => backoffMs({ policy, delayMs: 100 }, retry, flavour));
    assert.deepEqual(waits("exponential", "mt"), [100, 200, 400, 800]);
    assert.deepEqual(waits("linear", "mt"), [0, 100, 200, 300]);
    assert.deepEqual(waits("exponential", "kafka"), [200, 400, 800, 1600]);
    assert.deepEqual(waits("linear", "kafka"), [100, 200, 300, 400]);
    assert.equal(backoffMs(null, 3, "mt"), 0);
  });

  const NOW = Date.parse("2026-01-01T00:00:00Z");
  const inSeconds = (seconds: number) => new Date(NOW + seconds * 1_000).toUTCString();
  const asked: [string, number, { after?: string; status?: number; maxMs?: number }][] = [
    ["as long as a 429 asks for", 5_000, {}],
    ["as long as a 503 asks for", 5_000, { status: 503 }],
    ["until the date that it names", 7_000, { after: inSeconds(7) }],
    ["no longer than retryAfterMax", 10_000, { after: "60" }],
    ["no longer than that until a date", 10_000, { after: inSeconds(60) }],
    ["no less than the back-off", 400, { after: "0" }],
    ["the back-off at a date that is over", 400, { after: inSeconds(-60) }],
    ["the back-off where it says nothing that is known", 400, { after: "soon" }],
    ["the back-off at a number that is none", 400, { after: "5.5" }],
    ["the back-off at another status", 400, { status: 500 }],
  ];
  for (const [name, waitMs, { after = "5", status = 429, maxMs = 10_000 }] of asked) {
    it(`waits ${name}`, () => {
      const answer = { status, retryAfter: after };
      const backoff = { policy: "exponential", delayMs: 100 } as const;
      const policy = (retryAfterMaxMs: number | null) => ({
        retry: 5,
        backoff,
        timeoutMs: null,
        retryAfterMaxMs,
        deadLetterSink: null,
        format: "binary" as const,
      });
      assert.equal(retryWaitMs(policy(maxMs), 3, "mt", answer, NOW), waitMs);
      assert.equal(retryWaitMs(policy(null), 3, "mt", answer, NOW), 400);
      assert.equal(retryWaitMs(policy(maxMs), 3, "kafka", answer, NOW), 800);
    });
  }

  it("tries 404, 408, 409, 429 and 5xx again, and nothing else", () => {
    const statuses = [
      301, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 425, 429, 500, 501, 503,
    ];
    assert.deepEqual(statuses.filter(isRetryable), [404, 408, 409, 429, 500, 501, 503]);
  });

  it("gives an event 255 passes, and counts down", () => {
    assert.equal(nextTtl(undefined), 255);
    assert.equal(nextTtl("many"), 255);
    assert.equal(nextTtl("10"), 9);
    for (const used of ["1", "0", "-3"]) assert.equal(nextTtl(used), null);
  });

  const policyOf = async (broker: string, trigger: string) => {
    const { brokers, triggers } = await wire(
      brokerYaml(broker) + triggerYaml("one", "http://x.test/", trigger),
    );
    return createRoute(triggers[0]!, brokers[0]!, () => ({ kind: "url", url: "http://x.test/" }))
      .policy;
  };
  const sink = 'deadLetterSink: { uri: "http://broker.test/" }';
  const full = `retry: 3, backoffPolicy: linear, backoffDelay: PT1S, timeout: PT2S, ${sink}`;

  it("takes the default of Knative where nobody says anything", async () => {
    const { retry, backoff, deadLetterSink } = await policyOf("", "");
    assert.deepEqual(
      { retry, backoff, deadLetterSink },
      {
        retry: 10,
        backoff: { policy: "exponential", delayMs: 200 },
        deadLetterSink: null,
      },
    );
  });

  it("takes the broker's where the trigger has none", async () => {
    const { retry, timeoutMs, deadLetterSink } = await policyOf(full, "");
    assert.deepEqual([retry, timeoutMs, deadLetterSink?.uri], [3, 2000, "http://broker.test/"]);
  });

  it("has no retries where the trigger gives a dead-letter sink only", async () => {
    const own = 'delivery: { deadLetterSink: { uri: "http://own.test/" } }';
    const { retry, timeoutMs, deadLetterSink } = await policyOf(full, own);
    assert.deepEqual([retry, timeoutMs, deadLetterSink?.uri], [0, null, "http://own.test/"]);
  });

  it("keeps the broker's dead-letter sink where the trigger gives retries only, without back-off", async () => {
    const { retry, backoff, deadLetterSink } = await policyOf(full, "delivery: { retry: 2 }");
    assert.deepEqual([retry, backoff, deadLetterSink?.uri], [2, null, "http://broker.test/"]);
  });

  it("loses the default retries with any delivery, and the back-off with half of it", async () => {
    assert.equal((await policyOf(sink, "")).retry, 0);
    assert.equal((await policyOf("retry: 1, backoffPolicy: linear", "")).backoff, null);
  });
});
