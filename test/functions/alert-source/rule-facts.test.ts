import assert from "node:assert/strict";
import { endedFacts, firingFacts, parseRules } from "../../../functions/alert-source/rule-facts.ts";
import { translate } from "../../../functions/alert-source/decide.ts";
import { webhook } from "./webhook.ts";

const labels = { alertname: "PodLoadHigh", namespace: "shop", pod: "cart", resource: "cpu" };
const rules = (overrides: object = {}, alerts: object[] = []) =>
  parseRules({
    status: "success",
    data: {
      groups: [
        {
          interval: 15,
          rules: [
            {
              name: "PodLoadHigh",
              duration: 20,
              lastEvaluation: "2026-11-21T10:05:00.004Z",
              alerts,
              ...overrides,
            },
          ],
        },
      ],
    },
  });
const active = {
  labels,
  annotations: { ratio: "0.9" },
  state: "firing",
  activeAt: "2026-11-21T10:00:00.123456789Z",
};
const seconds = (time: string) => Date.parse(time) / 1_000;
const seen = (from: string, to: string) => {
  const series = { ...labels, alertstate: "firing" };
  return {
    first: [{ labels: series, value: seconds(from) }],
    last: [{ labels: series, value: seconds(to) }],
  };
};

describe("firingFacts", () => {
  it("reckons the evaluation in which the alert fired, and gives the webhook's id", () => {
    const [pulled] = firingFacts(rules({}, [active]), { cluster: "lab" }).events;
    const sent = {
      status: "firing",
      labels: { ...labels, cluster: "lab" },
      annotations: { ratio: "0.9", summary: "x" },
      // `for` of 20 s is behind it in the second evaluation of 15 s after.
      startsAt: "2026-11-21T10:00:30.123Z",
      endsAt: "0001-01-01T00:00:00Z",
    };
    assert.equal(pulled?.data?.startsAt, "2026-11-21T10:00:30.123Z");
    assert.equal(pulled?.id, translate(webhook([sent])).events[0]?.id);
  });

  it("leaves out what is pending", () => {
    assert.deepEqual(firingFacts(rules({}, [{ ...active, state: "pending" }]), {}).events, []);
  });
});

describe("endedFacts", () => {
  const from = "2026-11-21T10:00:30.123Z";

  it("tells what the newest evaluation no longer has, of the evaluation after the last sample", () => {
    const { events, faults } = endedFacts(rules(), seen(from, "2026-11-21T10:04:00.123Z"), {});
    assert.deepEqual(faults, []);
    assert.equal(events.length, 1);
    assert.equal(events[0]?.type, "dev.vigie.alert.resolved.v1");
    assert.equal(events[0]?.data?.endsAt, "2026-11-21T10:04:15.123Z");
    assert.equal(events[0]?.data?.startsAt, from);
    assert.equal(events[0]?.data?.labels["alertstate"], undefined);
  });

  it("says nothing of what fires, or what its rule has not looked at since", () => {
    const firing = rules({}, [active]);
    assert.deepEqual(endedFacts(firing, seen(from, "2026-11-21T10:04:00Z"), {}).events, []);
    assert.deepEqual(endedFacts(rules(), seen(from, "2026-11-21T10:05:00Z"), {}).events, []);
  });

  it("says that it does not know where the rule is gone", () => {
    const gone = endedFacts(rules({ name: "Other" }), seen(from, from), {});
    assert.deepEqual(gone.events, []);
    assert.deepEqual(gone.faults, ['alert "PodLoadHigh" has no rule any more']);
  });
});

describe("parseRules", () => {
  it("refuses another answer", () => {
    assert.throws(() => parseRules({ status: "error" }), /no list of rules/);
  });
});
