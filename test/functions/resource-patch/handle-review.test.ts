import assert from "node:assert/strict";
import { readBackOff } from "../../../functions/resource-patch/back-off.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { handleLoad } from "../../../functions/resource-patch/handle-load.ts";
import { readIntent } from "../../../functions/resource-patch/intent.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { RESIZED_LABEL, REVIEW_LABEL } from "../../../shared/review-labels.ts";
import { waitFor } from "../../e2e/runtime.ts";
import { type Lab, startLab } from "./cluster.ts";
import {
  cpuOf,
  cut,
  decideOn,
  editCpu,
  later,
  mark,
  resize,
  review,
  settlementOf,
} from "./steps.ts";

const FIRST = { limit: "500m", request: "200m" };
const RAISED = { limit: "837m", request: "335m" };
/** The class silver gives a change 600 s. */
const IN_TIME = 590;
const TOO_LATE = 620;
/** When no delivery of the change's own events comes any more. */
const LEFT_ALONE = 810;

const PODS = "/api/v1/namespaces/shop/pods";
/** Of the 400m that are left of the node `small` beside the pod `huge`. */
const filler = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "filler", namespace: "shop" },
  spec: {
    nodeSelector: { size: "small" },
    containers: [{ name: "f", image: "f:1", resources: { requests: { cpu: "380m" } } }],
  },
};

describe("what became of a resize", () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.stop());

  const labels = (name: string) => {
    const { [REVIEW_LABEL]: due, [RESIZED_LABEL]: resized } = lab.pod(name).metadata.labels ?? {};
    return { due, resized };
  };
  const since = () => new Date(Date.now() + 30_000).toISOString();

  it("is due for a look as soon as it is applied, by a label", async () => {
    await resize(lab, "app");
    const { due, resized } = labels("app");
    assert.match(due ?? "", /^cpu-\d{10}$/);
    assert.equal(resized, "cpu");
    assert.equal((await review(lab, "app", later(lab.context, IN_TIME))).kind, "open");
  });

  it("is relieved when the load leaves the band high", async () => {
    await resize(lab, "app");
    const load = lab.load("app", { band: "moderate", percent: 50, observedAt: since() });
    const ended = await handleLoad(load, later(lab.context, 40));
    assert.equal(settlementOf(ended).outcome, "relieved");
    assert.deepEqual(labels("app"), { due: undefined, resized: "cpu" });
    assert.deepEqual(await handleLoad(load, later(lab.context, 50)), ended);
    assert.deepEqual(cpuOf(lab, "app"), RAISED);
    assert.equal((await review(lab, "app", later(lab.context, TOO_LATE))).kind, "open");
  });

  it("goes back exactly when the load has not left the band high in time, and is not tried again at once", async () => {
    await resize(lab, "app");
    const ended = await review(lab, "app", later(lab.context, TOO_LATE));
    const { outcome, reason } = settlementOf(ended);
    assert.equal(outcome, "reverted", reason);
    assert.match(reason, /did not leave the band high within 600 s; back: app limit 837m→500m/);
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
    assert.deepEqual(labels("app"), { due: undefined, resized: undefined });
    assert.deepEqual(await review(lab, "app", later(lab.context, TOO_LATE + 9)), ended);

    const soon = later(lab.context, TOO_LATE + 300);
    const observedAt = new Date(soon.now()).toISOString();
    const kept = await decideOn(lab, "app", { observedAt }, soon);
    assert.match(kept.data.reason, /1 change up was taken back; not again before/);
    const much = later(lab.context, TOO_LATE + 700);
    const fact = { observedAt: new Date(much.now()).toISOString() };
    assert.equal((await decideOn(lab, "app", fact, much)).data.outcome, "act");
  });

  it("knows from the alerts that the pod remembers that the load has left, when no event told it", async () => {
    await resize(lab, "app");
    const fact = { key: "a", id: "1", at: since(), firing: false, claim: "high", percent: null };
    const empty = { facts: [], last: null };
    await mark(lab, "app", {
      annotations: {
        "vigie.dev/alerts": JSON.stringify({
          base: { cpu: "low", memory: null },
          cpu: { facts: [fact], last: null },
          memory: empty,
          owned: {},
        }),
      },
    });
    const ended = await review(lab, "app", later(lab.context, TOO_LATE));
    assert.equal(settlementOf(ended).outcome, "relieved");
  });

  it("is dropped when it was never carried out, and its decision has not come again in time", async () => {
    const { kube } = lab.context;
    await handleDecision(await decideOn(lab, "app"), {
      ...lab.context,
      kube: {
        ...kube,
        namespace: kube.namespace,
        request: (request) =>
          request.path.endsWith("/resize")
            ? Promise.reject(new Error("killed"))
            : kube.request(request),
      },
    }).catch(() => null);
    assert.equal(labels("app").resized, "cpu");
    assert.equal((await review(lab, "app", later(lab.context, IN_TIME))).kind, "open");
    const ended = await review(lab, "app", later(lab.context, LEFT_ALONE));
    assert.equal(settlementOf(ended).outcome, "dropped");
    assert.deepEqual(await review(lab, "app", later(lab.context, LEFT_ALONE)), ended);
    assert.deepEqual(labels("app"), { due: undefined, resized: undefined });
  });

  it("leaves what others have written since", async () => {
    await resize(lab, "app");
    await editCpu(lab, "app", "900m");
    const ended = await review(lab, "app", later(lab.context, TOO_LATE));
    assert.equal(settlementOf(ended).outcome, "superseded");
    assert.equal(cpuOf(lab, "app").limit, "900m");
    assert.deepEqual(labels("app"), { due: undefined, resized: undefined });
  });

  it("goes back at once when a container was killed for want of memory since", async () => {
    await resize(lab, "app");
    const load = JSON.stringify({ app: { cpuMillis: 100, memoryBytes: 400 * 2 ** 20 } });
    await mark(lab, "app", { annotations: { "scenario.vigie.dev/load": load } });
    const restarts = () => lab.pod("app").status?.containerStatuses?.[0]?.restartCount ?? 0;
    await waitFor("the kill", () => restarts() > 0);
    const { outcome, reason } = settlementOf(await review(lab, "app", later(lab.context, 60)));
    assert.deepEqual([outcome, /killed for want of memory/.test(reason)], ["reverted", true]);
    assert.deepEqual(cpuOf(lab, "app"), FIRST);
  });

  it("does not take back memory that did not help: less would be worse", async () => {
    await resize(lab, "app", { resource: "memory" });
    const at = later(lab.context, TOO_LATE);
    const { outcome } = settlementOf(await review(lab, "app", at, { resource: "memory" }));
    assert.equal(outcome, "unrelieved");
    assert.equal(lab.pod("app").spec?.containers[0]?.resources?.limits?.["memory"], "429Mi");
  });

  it("writes nothing to a pod that has opted out since", async () => {
    await resize(lab, "app");
    await mark(lab, "app", { labels: { "vigie.dev/managed": null } });
    const writes = lab.cluster.requests().length;
    const context = { ...later(lab.context, TOO_LATE), recent: createRecent() };
    assert.equal((await review(lab, "app", context)).kind, "kept");
    assert.equal(lab.cluster.requests().length, writes);
  });

  describe("that the node has no room for", () => {
    /** Another pod takes the room between the last look and the resize. */
    const resizeDeferred = async () => {
      const decided = await decideOn(lab, "huge");
      const { kube } = lab.context;
      const context = {
        ...lab.context,
        kube: {
          ...kube,
          namespace: kube.namespace,
          async request<T>(request: KubeRequest): Promise<T> {
            if (request.path.endsWith("/resize")) {
              await kube.request({ method: "POST", path: PODS, body: filler });
              await waitFor("the filler", () => lab.pod("filler").spec?.nodeName === "small");
            }
            return await kube.request<T>(request);
          },
        },
      };
      const { outcome, reason } = settlementOf(await handleDecision(decided, context));
      assert.equal(outcome, "deferred", reason);
    };

    it("is applied when the node has room at last, and has its time from then on", async () => {
      await resizeDeferred();
      assert.equal((await review(lab, "huge", later(lab.context, IN_TIME))).kind, "open");
      await lab.context.kube.request({
        method: "DELETE",
        path: `${PODS}/filler`,
        query: { gracePeriodSeconds: "0" },
      });
      const wanted = cpuOf(lab, "huge").limit;
      await waitFor("the resize", () => {
        const { resources } = lab.pod("huge").status?.containerStatuses?.[0] ?? {};
        return resources?.limits?.["cpu"] === wanted;
      });
      const early = await review(lab, "huge", later(lab.context, IN_TIME));
      assert.equal(early.kind, "open", "who follows it is to say so");
      const ended = await review(lab, "huge", later(lab.context, LEFT_ALONE));
      assert.equal(settlementOf(ended).outcome, "applied");
      assert.deepEqual(await review(lab, "huge", later(lab.context, LEFT_ALONE)), ended);
      const next = { id: "next" };
      const at = (seconds: number) => later(lab.context, LEFT_ALONE + seconds);
      assert.equal((await review(lab, "huge", at(590), next)).kind, "open");
      assert.equal((await review(lab, "huge", at(610), next)).kind, "reverted");
    }).timeout(20_000);

    it("expires, and goes back, when it never has", async () => {
      await resizeDeferred();
      const { outcome, reason } = settlementOf(
        await review(lab, "huge", later(lab.context, LEFT_ALONE)),
      );
      assert.equal(outcome, "expired", reason);
      assert.deepEqual(cpuOf(lab, "huge"), { limit: "500m", request: "500m" });
    }).timeout(20_000);
  });

  for (const side of ["before", "after"] as const) {
    it(`goes back all the same when it is cut off ${side} any request`, async () => {
      let cutAt = 0;
      for (let isCut = true; isCut; cutAt += 1) {
        await lab.stop();
        lab = await startLab();
        await resize(lab, "app");
        const { context, requests } = cut(later(lab.context, TOO_LATE), cutAt, side);
        await review(lab, "app", context).catch(() => null);
        isCut = requests.length > cutAt;
        const ended = await review(lab, "app", later(lab.context, TOO_LATE), { id: "another" });
        const closed = readIntent(lab.pod("app").metadata.annotations, "cpu")?.closed;
        assert.equal(closed?.outcome, "reverted", `cut at ${cutAt}: ${ended.reason}`);
        assert.deepEqual(cpuOf(lab, "app"), FIRST, `cut at ${cutAt}`);
        const backOff = readBackOff(lab.pod("app").metadata.annotations, "cpu");
        assert.equal(backOff?.failures, 1, `cut at ${cutAt}`);
      }
      assert.ok(cutAt > 4, `only ${cutAt} requests`);
    }).timeout(20_000);
  }
});
