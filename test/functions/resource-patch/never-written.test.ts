import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../../functions/resource-patch/decide.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { handleLoad } from "../../../functions/resource-patch/handle-load.ts";
import { toDecided } from "../../../functions/resource-patch/to-decided.ts";
import { handleFound } from "../../../functions/resource-patch/zones/handle-found.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { LoadClassified } from "../../../shared/events/load.ts";
import type { DecisionRecord } from "../../../shared/events/decided.ts";
import { WorkloadFound } from "../../../shared/events/scan.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import type * as z from "zod/mini";
import { anyWorld, FREE_WORLD, startWorld, type World } from "./any-world.ts";

function isForbidden(world: World): boolean {
  const { namespace, podLabels, ownerLabels, paused, pausedScope } = world;
  const { mode, annotation, strategy } = world;
  const hasOptedIn = podLabels["fogsla"] === "ok" || ownerLabels["vigie.dev/managed"] === "true";
  return (
    namespace !== "shop" ||
    !hasOptedIn ||
    paused ||
    pausedScope !== "none" ||
    mode !== "auto" ||
    Object.keys(annotation).length > 0 ||
    strategy === "recommend-only"
  );
}

/** What somebody could post to the broker: a decision to act or to be approved, made of the same facts by other rules. */
function forged({ inputs, policy }: DecisionRecord, mode: "auto" | "approve"): DecisionRecord {
  const { pod, owner } = inputs;
  const free = {
    ...inputs,
    managed: true,
    workloadManaged: true,
    isProtected: false,
    pause: undefined,
    overrides: { namespace: {}, pod: {} },
    load: { ...inputs.load, band: "high" as const, percent: 92 },
    pod: { ...pod, namespace: owner.namespace },
  };
  const rules = { ...policy, paused: false, class: { ...policy.class, mode } };
  const strategy = rules.strategy === "recommend-only" ? "usage" : rules.strategy;
  return decide(free, { ...rules, strategy });
}

async function writesOf(world: World): Promise<readonly KubeRequest[]> {
  const { context, writes } = await startWorld(world);
  const { namespace, percent } = world;
  const band = percent >= 66 ? "high" : percent >= 33 ? "moderate" : "low";
  const load: z.infer<typeof LoadClassified.data> = {
    namespace,
    pod: "web-1",
    podUid: "web-1",
    resource: "cpu",
    percent,
    band,
    previousBand: null,
    labels: { set: {}, removed: [] },
    owner: { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" },
    // What an event claims is not believed.
    managed: true,
    slaClass: "silver",
    observedAt: "2026-11-21T08:00:00Z",
    cause: { id: "1", type: "dev.vigie.alert.fired.v1", alertname: "PodLoadHigh" },
  };
  const found = {
    kind: "Deployment",
    namespace,
    name: "web",
    slaClass: "silver" as const,
    pods: 1,
  };
  const told = [
    await handleLoad({ ...LoadClassified.create({ id: "l", data: load }), data: load }, context),
    await handleFound({ ...WorkloadFound.create({ id: "f", data: found }), data: found }, context),
  ];
  for (const { reply } of told) {
    if (reply === undefined) continue;
    const event = reply as Event<DecisionRecord> & { data: DecisionRecord };
    const { forgedMode } = world;
    const record = forgedMode === null ? event.data : forged(event.data, forgedMode);
    await handleDecision({ ...toDecided(record), data: record }, context);
  }
  return writes;
}

describe("resource-patch, whatever the cluster, the policy and the event", function () {
  this.timeout(30_000);

  it("writes nothing to what has not opted in, is protected, paused or only recommended", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        fc.pre(isForbidden(world));
        assert.deepEqual(await writesOf(world), []);
      }),
      { numRuns: 300 },
    );
  });

  it("writes to a workload only when it has opted in itself, not one of its pods", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (drawn) => {
        // A pod that was labelled by hand, in a world where all else allows a write.
        const world: World = {
          ...drawn,
          namespace: "shop",
          podLabels: { fogsla: "ok" },
          paused: false,
          pausedScope: "none",
          mode: "auto",
          annotation: {},
        };
        const { ownerLabels, templateLabels } = world;
        const isAsked =
          ownerLabels["vigie.dev/managed"] === "true" || templateLabels["fogsla"] === "ok";
        const writes = await writesOf(world);
        const toWorkload = writes.filter(({ path }) => path.includes("/deployments/"));
        if (!isAsked) assert.deepEqual(toWorkload, []);
        else if (world.strategy === "cluster-zone" && world.forgedMode === null)
          assert.equal(toWorkload.length, 1);
      }),
      { numRuns: 200 },
    );
  });

  it("writes to what has opted in, with each strategy that writes", async () => {
    for (const strategy of ["usage", "vpa", "cluster-zone"] as const) {
      const writes = await writesOf({ ...FREE_WORLD, strategy });
      const target = strategy === "cluster-zone" ? "/deployments/web" : "/pods/web-1";
      assert.ok(
        writes.some(({ path }) => path.endsWith(target)),
        strategy,
      );
    }
  });
});
