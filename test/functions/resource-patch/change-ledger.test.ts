import assert from "node:assert/strict";
import { createChangeLedger } from "../../../functions/resource-patch/change-ledger.ts";
import { ResourcesSettled } from "../../../shared/events/settled.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { type OwnedPods, startOwnedPods } from "../owned-pods.ts";
import { type Actor, policyWith, startActor } from "./actor.ts";

const HOUR_MS = 3_600_000;
const NAME = "resource-patch-changes";
const idOf = (index: number) => index.toString(16).padStart(32, "0");

describe("the changes of the last hour", () => {
  let owned: OwnedPods;
  let actor: Actor;
  beforeEach(async () => {
    owned = await startOwnedPods({});
    actor = startActor(owned.cluster, {
      policy: policyWith({ allowedActions: ["resize"] }, { changesPerHour: 1 }),
    });
  });
  afterEach(async () => {
    await actor.stop();
    await owned.cluster.close();
  });

  const ledgerOf = () => createChangeLedger(actor.kube, createRecent(), NAME);
  const stored = () =>
    (owned.cluster.get("v1", "ConfigMap", "vigie", NAME) as { data?: Record<string, string> }).data;

  it("are counted once for each decision, by every process, and for an hour", async () => {
    const nowMs = Date.now();
    for (const id of [idOf(1), idOf(1), idOf(2)]) await ledgerOf().enter(id, nowMs, 10);
    assert.equal(await ledgerOf().lastHour(nowMs, ""), 2);
    assert.equal(await ledgerOf().lastHour(nowMs, idOf(1)), 1, "its own is none");
    assert.equal(await ledgerOf().lastHour(nowMs + HOUR_MS, ""), 0);
  });

  it("let in no more than there may be, of those that come at the same time", async () => {
    const nowMs = Date.now();
    const entered = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ledgerOf().enter(idOf(index), nowMs, 5)),
    );
    assert.equal(entered.filter(Boolean).length >= 5, true);
    const again = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ledgerOf().enter(idOf(index), nowMs, 5)),
    );
    assert.equal(again.filter(Boolean).length, 5, "the same five, whoever asks");
  });

  it("forget those of an hour ago with the next write", async () => {
    const nowMs = Date.now();
    await ledgerOf().enter(idOf(1), nowMs - HOUR_MS, 10);
    const ledger = ledgerOf();
    await ledger.lastHour(nowMs, "");
    await ledger.enter(idOf(2), nowMs, 10);
    assert.deepEqual(stored(), { [idOf(2)]: String(nowMs) });
    await ledger.leave(idOf(2));
    assert.deepEqual(stored() ?? {}, {});
  });

  it("are unknown where nobody counts, and forbid nothing", async () => {
    const blind = startActor(owned.cluster, {
      policy: actor.context.policy,
      blindTo: "/configmaps/",
    });
    const unnamed = createChangeLedger(actor.kube, createRecent(), undefined);
    for (const ledger of [unnamed, blind.context.ledger]) {
      assert.equal(await ledger.lastHour(Date.now(), ""), null);
      assert.equal(await ledger.enter(idOf(1), Date.now(), 0), true);
    }
    await blind.stop();
  });

  it("end what is beyond the policy's budget, though both were decided before it was spent", async () => {
    const pods = ["Deployment", "StatefulSet"].map((kind) => owned.podOf(kind));
    const [first, second] = await Promise.all(pods.map((pod) => actor.tell(pod)));
    assert.deepEqual([first?.kind, second?.kind], ["act", "act"]);
    assert.ok(first?.reply && second?.reply);
    assert.equal((await actor.deliver(first.reply)).kind, "applied");
    const late = await actor.deliver(second.reply);
    assert.equal(late.kind, "dropped");
    assert.match(late.reason, /1 change of all workloads in an hour/);
    assert.equal(ResourcesSettled.data.parse(late.reply?.data).outcome, "dropped");
    const again = await actor.deliver(first.reply);
    assert.equal(again.kind, "applied", "what was let in stays so");
  });
});
