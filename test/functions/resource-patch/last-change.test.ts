import assert from "node:assert/strict";
import { changeKey, type Intent, intentKey } from "../../../functions/resource-patch/intent.ts";
import { lastChange } from "../../../functions/resource-patch/last-change.ts";
import type { ContainerChange, Share } from "../../../shared/events/change.ts";

const early = "2026-11-21T08:00:00.000Z";
const late = "2026-11-21T08:05:00.000Z";
const [first, second] = ["0".repeat(32), "1".repeat(32)] as const;

const intent = (change: Partial<Intent>): string =>
  JSON.stringify({
    id: first,
    at: early,
    observedAt: early,
    changes: [],
    settled: null,
    ...change,
  });
const cpu = (before: Share, after: Share): ContainerChange[] => [
  { container: "app", kind: "container", before, after },
];
const share = (request: string | null, limit: string | null): Share => ({ request, limit });

describe("the last change of a resource", () => {
  const directions: [title: string, change: Partial<Intent>, wanted: string | undefined][] = [
    ["more of a limit", { changes: cpu(share("200m", "1"), share("200m", "1200m")) }, "up"],
    ["less of a limit", { changes: cpu(share("200m", "1"), share("100m", "900m")) }, "down"],
    ["less of a request", { changes: cpu(share("1", null), share("900m", null)) }, "down"],
    ["more of a request", { changes: cpu(share("1", "2"), share("1500m", "2")) }, "up"],
    ["more replicas", { replicas: { before: 2, after: 3 } }, "up"],
    ["fewer replicas", { replicas: { before: 3, after: 2 } }, "down"],
    ["nothing", { changes: cpu(share("1", "2"), share("1000m", "2000m")) }, undefined],
  ];
  for (const [title, change, wanted] of directions) {
    it(`that is ${title} goes ${wanted ?? "nowhere"}`, () => {
      const pod = { [intentKey("cpu")]: intent(change) };
      const found = lastChange({ pod, workload: {} }, "cpu", new Set());
      assert.equal(found?.at, early);
      assert.equal(found?.direction, wanted);
    });
  }

  it("is the later one of the pod's and its workload's, but for those that do not count", () => {
    const books = {
      pod: { [intentKey("cpu")]: intent({ replicas: { before: 2, after: 3 } }) },
      workload: {
        [changeKey("cpu")]: intent({ id: second, at: late, replicas: { before: 3, after: 2 } }),
      },
    };
    const workloads = { decisionId: second, at: late, direction: "down" };
    assert.deepEqual(lastChange(books, "cpu", new Set()), workloads);
    const pods = { decisionId: first, at: early, direction: "up" };
    assert.deepEqual(lastChange(books, "cpu", new Set([second])), pods);
    assert.equal(lastChange(books, "memory", new Set()), null);
  });
});
