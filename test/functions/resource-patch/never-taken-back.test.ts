import assert from "node:assert/strict";
import fc from "fast-check";
import { handleRevert } from "../../../functions/resource-patch/handle-revert.ts";
import { handleReview } from "../../../functions/resource-patch/handle-review.ts";
import { handleSettled } from "../../../functions/resource-patch/handle-settled.ts";
import { changeKey, type Intent, intentKey } from "../../../functions/resource-patch/intent.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { RevertDue, type RevertOrder } from "../../../shared/events/order.ts";
import { type Review, ReviewDue } from "../../../shared/events/review.ts";
import { ResourcesSettled, type Settlement } from "../../../shared/events/settled.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import { anyWorld, FREE_WORLD, type Noted, startWorld, type World } from "./any-world.ts";

const AT = "2026-11-21T06:00:00.000Z";
const CHANGES: Intent["changes"] = [
  {
    container: "app",
    kind: "container",
    before: { request: "100m", limit: "250m" },
    // What the pod and the template of every world have.
    after: { request: "200m", limit: "500m" },
  },
];

const targetOf = ({ namespace }: World, on: "pod" | "workload") =>
  on === "pod"
    ? { apiVersion: "v1", kind: "Pod", namespace, name: "web-1" }
    : { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" };

const loadOf = (): Settlement["load"] => ({
  cause: "1",
  podUid: "web-1",
  resource: "cpu",
  percent: 92,
  band: "high",
  observedAt: AT,
});

/** A change two hours old, which did not help: every minute since, it is high time to take it back. */
function intentOf(world: World, on: "pod" | "workload", outcome: "applied" | "pending"): Intent {
  const load = loadOf();
  assert.ok(load);
  return {
    id: "decision",
    at: AT,
    observedAt: AT,
    changes: CHANGES,
    settled: { outcome, reason: "", at: AT },
    standing: CHANGES,
    about: {
      action: on === "pod" ? "resize" : "patch-owner",
      load,
      pod: { name: "web-1", uid: "web-1" },
      slaClass: "silver",
      hasReplicas: false,
    },
    watch: { direction: "up", isRelief: true, reliefSeconds: 60, restarts: 0, isReady: true },
  };
}

const anyOrder = fc.record({
  on: fc.constantFrom("pod" as const, "workload" as const),
  /** Who comes: the clock's review, an order to take all back, or the retries of a settled event. */
  what: fc.constantFrom("review" as const, "revert" as const, "follow" as const),
});
type Order = typeof anyOrder extends fc.Arbitrary<infer T> ? T : never;

/** What happens to be true of the world forbids it; a pause does not forbid to take back on order. */
function isForbidden(world: World, { on, what }: Order): boolean {
  const { namespace, podLabels, ownerLabels, templateLabels, paused, pausedScope } = world;
  const own = on === "pod" ? podLabels : templateLabels;
  const hasOptedIn = own["fogsla"] === "ok" || ownerLabels["vigie.dev/managed"] === "true";
  const isPaused = paused || pausedScope !== "none";
  return namespace !== "shop" || !hasOptedIn || (isPaused && what !== "revert");
}

async function writesOf(world: World, order: Order): Promise<readonly KubeRequest[]> {
  const { on, what } = order;
  const isPod = on === "pod";
  const intent = intentOf(world, on, what === "follow" ? "pending" : "applied");
  const noted: Noted = {
    pod: isPod ? { [intentKey("cpu")]: JSON.stringify(intent) } : {},
    workload: isPod ? {} : { [changeKey("cpu")]: JSON.stringify(intent) },
  };
  const { context, writes } = await startWorld(world, noted);
  const { namespace } = world;
  const resource = "cpu" as const;
  const about: Review = isPod
    ? { namespace, pod: "web-1", podUid: "web-1", resource }
    : { workload: targetOf(world, on), uid: "web", resource };
  const id = "order";
  try {
    switch (what) {
      case "review":
        await handleReview({ ...ReviewDue.create({ id, data: about }), data: about }, context);
        break;
      case "revert": {
        const requestedAt = new Date(context.now()).toISOString();
        const data: RevertOrder = {
          ...about,
          target: { scope: "all" },
          requestedAt,
          by: "somebody",
        };
        await handleRevert({ ...RevertDue.create({ id, data }), data }, context);
        break;
      }
      case "follow": {
        const event = ResourcesSettled.create({ id, data: settlementOf(world, on) });
        await handleSettled(event as Event<Settlement> & { data: Settlement }, context);
      }
    }
  } catch (error) {
    // Of a world that answers every write with what it was, an end may not be found: writes count.
    if (writes.length === 0) throw error;
  }
  return writes;
}

/** As the broker brings it back, or as anybody could post it. */
function settlementOf(world: World, on: "pod" | "workload"): Settlement {
  return {
    decisionId: "decision",
    namespace: world.namespace,
    pod: "web-1",
    podUid: "web-1",
    resource: "cpu",
    outcome: "pending",
    reason: "",
    at: AT,
    changes: CHANGES,
    action: on === "pod" ? "resize" : "patch-owner",
    target: targetOf(world, on),
    replicas: null,
    volume: null,
    load: loadOf(),
    slaClass: "silver",
    hasReplicas: false,
  };
}

describe("what was changed, whatever the cluster, the policy and the event", function () {
  this.timeout(30_000);

  it("is not taken back once nobody has opted in, where it is protected, or by itself while paused", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, anyOrder, async (world, order) => {
        fc.pre(isForbidden(world, order));
        assert.deepEqual(await writesOf(world, order), []);
      }),
      { numRuns: 300 },
    );
  });

  for (const on of ["pod", "workload"] as const) {
    for (const what of ["review", "revert", "follow"] as const) {
      it(`is taken back where nothing forbids it: of a ${on}, by a ${what}`, async () => {
        const paused = what === "revert";
        const writes = await writesOf({ ...FREE_WORLD, paused }, { on, what });
        const path = on === "pod" ? "/pods/web-1" : "/deployments/web";
        assert.ok(writes.some((write) => write.path.endsWith(path)));
      });
    }
  }
});
