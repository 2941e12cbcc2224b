import assert from "node:assert/strict";
import { budgetsOf } from "../../../../functions/resource-patch/surroundings/disruption-budgets.ts";
import { limitsOf } from "../../../../functions/resource-patch/surroundings/limit-ranges.ts";
import { quotaLeft } from "../../../../functions/resource-patch/surroundings/quotas.ts";
import { pod } from "./objects.ts";

const none = { cpuMillis: null, memoryBytes: null };

describe("limitsOf", () => {
  it("is without bound where nothing is said", () => {
    assert.deepEqual(limitsOf([], "Container"), {
      min: none,
      max: none,
      maxLimitRequestRatio: none,
    });
  });

  it("takes the tightest of several, by type", () => {
    const item = (type: string, cpu: string, ratio: string) => ({
      spec: {
        limits: [
          { type, min: { cpu }, max: { cpu, memory: "1Gi" }, maxLimitRequestRatio: { cpu: ratio } },
        ],
      },
    });
    const ranges = [
      item("Container", "1", "1.5"),
      item("Container", "2", "4"),
      item("Pod", "9", "9"),
    ];
    assert.deepEqual(limitsOf(ranges, "Container"), {
      min: { cpuMillis: 2000, memoryBytes: null },
      max: { cpuMillis: 1000, memoryBytes: 2 ** 30 },
      maxLimitRequestRatio: { cpuMillis: 1.5, memoryBytes: null },
    });
  });
});

describe("quotaLeft", () => {
  const quota = (hard: object, used: object, spec: object = {}) => ({
    spec: { hard: { ...hard }, ...spec },
    status: { hard: { ...hard }, used: { ...used } },
  });

  it("is what the tightest leaves, and never below 0", () => {
    const quotas = [
      quota({ "requests.cpu": "2", pods: "10" }, { "requests.cpu": "500m", pods: "3" }),
      quota({ cpu: "1", "limits.memory": "1Gi" }, { cpu: "900m", "limits.memory": "2Gi" }),
    ];
    assert.deepEqual(quotaLeft(pod(), quotas), {
      requestsLeft: { cpuMillis: 100, memoryBytes: null },
      limitsLeft: { cpuMillis: null, memoryBytes: 0 },
      podsLeft: 7,
    });
  });

  it("is unknown while nothing was counted for a new quota", () => {
    assert.equal(quotaLeft(pod(), [{ spec: { hard: { cpu: "1" } } }]), null);
  });

  it("leaves out quotas whose scopes do not hold", () => {
    const left = (spec: object, of = pod()) =>
      quotaLeft(of, [quota({ pods: "1" }, {}, spec)])?.podsLeft;
    const byClass = (operator: string, ...values: string[]) => ({
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values }] },
    });
    const vip = pod({ priorityClassName: "vip" });
    assert.equal(left({ scopes: ["NotTerminating"] }), 1);
    assert.equal(left({ scopes: ["Terminating"] }), null);
    assert.equal(left({ scopes: ["BestEffort"] }), null);
    assert.equal(
      left({ scopes: ["BestEffort"] }, pod({}, { status: { qosClass: "BestEffort" } })),
      1,
    );
    assert.equal(left({ scopes: ["NotBestEffort"] }), 1);
    assert.equal(left(byClass("In", "vip"), vip), 1);
    assert.equal(left(byClass("NotIn", "vip"), vip), null);
    assert.equal(left(byClass("Exists")), null);
    assert.equal(left(byClass("DoesNotExist")), 1);
    assert.equal(left({ scopes: ["CrossNamespacePodAffinity"] }), null);
    assert.equal(left({ scopes: ["OfTheFuture"] }), 1);
  });
});

describe("budgetsOf", () => {
  it("names the budgets that select the pod", () => {
    const budget = (name: string, selector: object | null, disruptionsAllowed?: number) => ({
      metadata: { name },
      spec: selector === null ? {} : { selector },
      ...(disruptionsAllowed === undefined
        ? {}
        : {
            status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
          }),
    });
    const line = (operator: string, ...values: string[]) => ({
      matchExpressions: [{ key: "app", operator, values }],
    });
    const found = budgetsOf(pod(), [
      budget("label", { matchLabels: { app: "web" } }, 2),
      budget("new", line("In", "web", "db")),
      budget("all", {}, 0),
      budget("exists", line("Exists"), 0),
      budget("none", null, 1),
      budget("other", { matchLabels: { app: "db" } }, 1),
      budget("not", line("NotIn", "web"), 1),
      budget("absent", line("DoesNotExist"), 1),
      budget("unknown", line("Near"), 1),
    ]);
    assert.deepEqual(found, [
      { name: "label", disruptionsAllowed: 2 },
      { name: "new", disruptionsAllowed: 0 },
      { name: "all", disruptionsAllowed: 0 },
      { name: "exists", disruptionsAllowed: 0 },
    ]);
  });
});
