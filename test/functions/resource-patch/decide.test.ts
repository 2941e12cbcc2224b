import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../../functions/resource-patch/decide.ts";
import { hasShares } from "../../../functions/resource-patch/shares.ts";
import { isGuaranteed } from "../../../functions/resource-patch/size.ts";
import { verdictOf } from "../../../functions/resource-patch/verdict.ts";
import type { Pod } from "../../../functions/resource-patch/pod-facts.ts";
import { DecisionRecord } from "../../../shared/events/decided.ts";
import { DEFAULT_POLICY } from "../../../shared/policy-default.ts";
import { rulesFor } from "../../../shared/policy-rules.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import {
  formatCpuMillis,
  formatMemoryBytes,
  parseCpuMillis,
  parseMemoryBytes,
} from "../../../shared/quantity.ts";
import { container, DECISION_ID, situation, surroundings, workload } from "./situations.ts";

const silver = rulesFor(DEFAULT_POLICY, "silver");
describe("decide", () => {
  it("brings utilisation to the target of the class", () => {
    const { chosen, outcome, reason, alternatives } = decide(situation({}), silver);
    assert.deepEqual([chosen, outcome], ["resize", "act"]);
    assert.equal(alternatives[1]?.changes[0]?.after.limit, "837m");
    assert.equal(
      reason,
      "cpu at 92 %, silver aims for 55 %: app limit 500m→837m, request 200m→335m",
    );
  });

  it("only recommends when the class says so", () => {
    const { outcome, chosen } = decide(situation({}), {
      ...silver,
      class: { ...silver.class, mode: "recommend" },
    });
    assert.deepEqual([chosen, outcome], ["resize", "recommend"]);
  });

  it("waits for a yes when the class says so", () => {
    const rules = { ...silver, class: { ...silver.class, mode: "approve" as const } };
    const { outcome, chosen, reason } = decide(situation(), rules);
    assert.deepEqual([chosen, outcome], ["resize", "propose"]);
    assert.match(reason, /waits for a yes$/);
    // A record of a version that could not ask stays what it was.
    const mute = { ...rules, built: { ...rules.built, canAskApproval: false } };
    assert.match(decide(situation(), mute).reason, /asking somebody is not built yet/);
  });

  it("only recommends under the strategy recommend-only, whatever the class says", () => {
    const { outcome, chosen } = decide(situation(), { ...silver, strategy: "recommend-only" });
    assert.deepEqual([chosen, outcome], ["resize", "recommend"]);
  });

  it("follows what the workload's own annotations say", () => {
    const change = { "vigie.dev/mode": "recommend", "vigie.dev/policy.cpu.maxMillis": "600" };
    const facts = surroundings({ workload: workload({ annotations: change }) });
    const record = decide(situation({ rest: { surroundings: facts } }), silver);
    assert.equal(record.outcome, "recommend");
    assert.equal(record.alternatives[1]?.changes[0]?.after.limit, "600m");
    assert.equal(record.policy.class.mode, "auto");
  });

  it("never steps further than the class allows", () => {
    const record = decide(situation({ load: { percent: 900 } }), silver);
    assert.equal(record.alternatives[1]?.changes[0]?.after.limit, "1");
  });

  it("scales the request where there is no limit", () => {
    const containers = [container("app", "200m", null)];
    const record = decide(situation({ pod: { containers } }), silver);
    assert.deepEqual(record.alternatives[1]?.changes[0]?.after, { request: "335m", limit: null });
  });

  const guards: [string, Parameters<typeof situation>[0]][] = [
    ["NOT_MANAGED", { rest: { managed: false } }],
    ["PROTECTED_NAMESPACE", { rest: { isProtected: true } }],
    ["POD_REPLACED", { load: { podUid: "other" } }],
    ["POD_TERMINATING", { pod: { isTerminating: true } }],
    ["POD_NOT_RUNNING", { pod: { phase: "Succeeded" } }],
    ["STATIC_POD", { pod: { isStatic: true } }],
    ["WINDOWS_POD", { pod: { isWindows: true } }],
    ["POD_LEVEL_RESOURCES", { pod: { hasPodLevelResources: true } }],
    ["AUTOSCALED", { rest: { autoscalers: [{ kind: "VerticalPodAutoscaler", name: "v" }] } }],
    ["NOT_HIGH", { load: { band: "moderate", percent: 50 } }],
    ["NO_PERCENT", { load: { percent: null } }],
    [
      "STALE_FACT",
      { rest: { lastResize: { decisionId: DECISION_ID, at: "2026-11-21T08:00:05.000Z" } } },
    ],
    [
      "COOLING_DOWN",
      { rest: { lastResize: { decisionId: DECISION_ID, at: "2026-11-21T07:59:59.000Z" } } },
    ],
    ["NOTHING_TO_SCALE", { pod: { containers: [container("app", null, null)] } }],
    ["NOT_NEEDED", { load: { percent: 40 } }],
    ["AT_BOUND", { pod: { containers: [container("app", "4", "4")] } }],
    [
      "RESTART_NEEDED",
      { pod: { containers: [{ ...container("app", "1", "1"), restartsOnResize: true }] } },
    ],
  ];
  for (const [code, change] of guards) {
    it(`keeps, and says ${code}`, () => {
      const { chosen, outcome, reason, alternatives } = decide(situation(change), silver);
      assert.deepEqual([chosen, outcome], ["keep", "keep"]);
      const hits = alternatives[1]?.guards ?? [];
      assert.ok(
        hits.some((hit) => hit.code === code),
        JSON.stringify(hits),
      );
      assert.equal(reason, hits[0]?.reason);
    });
  }

  const amount = fc.integer({ min: 1, max: 3_000 });
  const anyContainers = (resource: Resource) => {
    const format = (value: number) =>
      resource === "cpu" ? formatCpuMillis(value) : formatMemoryBytes(value * 777_777);
    const share = fc.oneof(
      fc.tuple(amount, amount).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      amount.map((a) => [a, a] as const),
      amount.map((a) => [a, null] as const),
      fc.constant([null, null] as const),
    );
    return fc
      .array(share, { minLength: 1, maxLength: 4 })
      .map((shares) =>
        shares.map(([request, limit], index) =>
          container(
            `c${index}`,
            request === null ? null : format(request),
            limit === null ? null : format(limit),
          ),
        ),
      );
  };
  for (const resource of ["cpu", "memory"] as const) {
    const parse = resource === "cpu" ? parseCpuMillis : parseMemoryBytes;
    it(`only raises ${resource}, keeps the QoS class, and stays within step and bound`, () => {
      fc.assert(
        fc.property(
          anyContainers(resource),
          fc.double({ min: 0, max: 500, noNaN: true }),
          (containers, percent) => {
            const facts = situation({ load: { resource, percent }, pod: { containers } });
            const { alternatives, chosen } = decide(facts, silver);
            const changes = alternatives[1]?.changes ?? [];
            assert.equal(chosen === "resize", changes.length > 0);
            for (const { before, after } of changes) {
              assert.equal(isGuaranteed(before, resource), isGuaranteed(after, resource));
              for (const side of ["request", "limit"] as const) {
                assert.equal(before[side] === null, after[side] === null);
                const [from, to] = [parse(before[side] ?? "0"), parse(after[side] ?? "0")];
                assert.ok(to >= from, `${from} to ${to}`);
              }
              const base = parse(before.limit ?? before.request ?? "0");
              const grown = parse(after.limit ?? after.request ?? "0");
              assert.ok(parse(after.request ?? "0") <= grown);
              const step = resource === "cpu" ? 1 : 2 ** 20;
              const floor = resource === "cpu" ? 10 : 16 * 2 ** 20;
              const cap = silver.class[resource].maxStepUpRatio;
              assert.ok(grown < Math.max(base * cap + step, floor + 1), `${base} to ${grown}`);
            }
          },
        ),
      );
    });
  }

  it("can be replayed from its record", () => {
    fc.assert(
      fc.property(anyContainers("cpu"), fc.integer({ min: 0, max: 200 }), (containers, percent) => {
        const first = decide(situation({ load: { percent }, pod: { containers } }), silver);
        const read = DecisionRecord.parse(JSON.parse(JSON.stringify(first)));
        assert.deepEqual(decide(read.inputs, read.policy), first);
      }),
    );
  });

  it("keeps what it decided itself: after the resize the load is what the class aims for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 1_500 }),
        fc.integer({ min: 66, max: 100 }),
        (limit, percent) => {
          const before = container("app", formatCpuMillis(limit), formatCpuMillis(limit));
          const record = decide(
            situation({ load: { percent }, pod: { containers: [before] } }),
            silver,
          );
          const after = record.alternatives[1]?.changes[0]?.after;
          assert.ok(after);
          const percentAfter = (percent * limit) / parseCpuMillis(after.limit ?? "0");
          const containers = [{ ...before, share: after }];
          const again = decide(
            situation({ load: { percent: percentAfter, band: "high" }, pod: { containers } }),
            silver,
          );
          assert.equal(again.chosen, "keep", `${limit} at ${percent} %`);
        },
      ),
    );
  });
});

describe("verdictOf", () => {
  const change = {
    container: "app",
    kind: "container" as const,
    before: { request: "1", limit: "1" },
    after: { request: "2000m", limit: "2000m" },
  };
  const pod = (status: object, cpu = "2"): Pod => ({
    metadata: { namespace: "shop", name: "app", uid: "u", resourceVersion: "1" },
    spec: { containers: [{ name: "app", resources: { requests: { cpu }, limits: { cpu } } }] },
    status: {
      containerStatuses: [
        {
          name: "app",
          image: "",
          imageID: "",
          ready: true,
          restartCount: 0,
          resources: { requests: { cpu }, limits: { cpu } },
        },
      ],
      ...status,
    },
  });
  const condition = (type: string, reason: string, observedGeneration?: number) => ({
    conditions: [{ type, status: "True", reason, message: "why", observedGeneration }],
  });
  const cases: [string, Pod, string][] = [
    ["is applied when the containers run with it", pod({ observedGeneration: 5 }), "applied"],
    ["is applied on servers without observedGeneration", pod({}), "applied"],
    ["is open while the kubelet has not seen it", pod({ observedGeneration: 4 }), "working"],
    ["is open while the containers are as before", pod({ observedGeneration: 5 }, "1"), "working"],
    ["is open while it is being done", pod(condition("PodResizeInProgress", "", 5)), "working"],
    [
      "is an error when the runtime says so",
      pod(condition("PodResizeInProgress", "Error")),
      "error",
    ],
    ["is deferred", pod(condition("PodResizePending", "Deferred", 5)), "deferred"],
    ["is infeasible", pod(condition("PodResizePending", "Infeasible", 5)), "infeasible"],
    [
      "is not that of an older resize",
      pod({ observedGeneration: 5, ...condition("PodResizePending", "Infeasible", 4) }),
      "applied",
    ],
    ["is open without a status", { ...pod({}), status: {} }, "working"],
  ];
  for (const [what, seen, kind] of cases) {
    it(what, () => assert.equal(verdictOf(seen, "cpu", [change], 5).kind, kind));
  }

  it("compares sizes by what they are worth", () => {
    assert.ok(hasShares(pod({}).spec, "cpu", [change], "after"));
    assert.ok(!hasShares(pod({}).spec, "cpu", [change], "before"));
    assert.ok(hasShares(pod({}, "1").spec, "cpu", [change], "before"));
  });
});
