import assert from "node:assert/strict";
import type { Effects } from "../../../functions/label-scan/effects.ts";
import { findReverts, findReviews } from "../../../functions/label-scan/find-changed.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { RevertDue, RevertRequested, type RevertRequest } from "../../../shared/events/order.ts";
import { Ping } from "../../../shared/events/ping.ts";
import { ReviewDue } from "../../../shared/events/review.ts";
import { readPolicy } from "../../../shared/policy.ts";
import { RESIZED_LABEL, REVIEW_LABEL } from "../../../shared/review-labels.ts";
import { type Lab, startLab } from "../resource-patch/cluster.ts";
import { mark } from "../resource-patch/steps.ts";

describe("label-scan, for what was changed", () => {
  let lab: Lab;
  let sent: Event[];
  let effects: Effects;
  beforeEach(async () => {
    lab = await startLab();
    sent = [];
    const { kube, log } = lab.context;
    effects = {
      kube,
      log,
      policy: await readPolicy(),
      send: (event) => Promise.resolve(void sent.push(event)),
      now: () => performance.now(),
      clock: Date.now,
    };
  });
  afterEach(() => lab.stop());

  const tick = Ping.create({
    id: "tick-1",
    source: "/apis/v1/namespaces/vigie/pingsources/relief-clock",
    data: {},
  });
  const ask = (target: RevertRequest["target"]) => {
    const data = { target, by: "ada", note: "it got slow" };
    const event = RevertRequested.create({ id: "ask", time: "2026-11-21T12:00:00Z", data });
    return findReverts(effects, { ...event, data });
  };

  it("sends what is due, one event for each resource, and the same again for the same tick", async () => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    await mark(lab, "app", {
      labels: { [REVIEW_LABEL]: `cpu-${nowSeconds - 9}_memory-${nowSeconds + 900}` },
    });
    await mark(lab, "twins", { labels: { [REVIEW_LABEL]: "nonsense" } });
    assert.match((await findReviews(effects, tick)).reason, /^1 /);
    assert.deepEqual(
      sent.map(({ data }) => ReviewDue.data.parse(data)),
      [
        {
          namespace: "shop",
          pod: "app",
          podUid: lab.pod("app").metadata.uid,
          resource: "cpu",
        },
      ],
    );
    await findReviews(effects, tick);
    assert.equal(sent[1]?.id, sent[0]?.id);
  });

  it("sends nothing when nothing is open", async () => {
    assert.match((await findReviews(effects, tick)).reason, /^0 /);
    assert.deepEqual(sent, []);
  });

  it("sends what is asked back within the scope, with who asked when", async () => {
    await mark(lab, "app", { labels: { [RESIZED_LABEL]: "cpu_memory" } });
    await mark(lab, "twins", { labels: { [RESIZED_LABEL]: "memory" } });
    await ask({ scope: "namespace", namespace: "gilded" });
    assert.deepEqual(sent, []);
    await ask({ scope: "all" });
    const orders = sent.map(({ data }) => RevertDue.data.parse(data));
    assert.deepEqual(
      orders.map((order) => `${"pod" in order ? order.pod : ""} ${order.resource}`),
      ["app cpu", "app memory", "twins memory"],
    );
    assert.equal(orders[0]?.requestedAt, "2026-11-21T12:00:00Z");
    assert.deepEqual([orders[0]?.by, orders[0]?.note], ["ada", "it got slow"]);
  });

  it("leaves protected namespaces alone, and refuses a name that is none", async () => {
    await lab.context.kube.request({
      method: "PATCH",
      path: "/api/v1/namespaces/kube-system/pods/system",
      contentType: "application/merge-patch+json",
      body: { metadata: { labels: { [RESIZED_LABEL]: "cpu" } } },
    });
    await ask({ scope: "all" });
    assert.deepEqual(sent, []);
    await assert.rejects(ask({ scope: "namespace", namespace: "../nodes" }), {
      code: "INVALID_NAME",
      status: 422,
    });
  });

  it("fails as a whole when an event is not taken, so that it comes again", async () => {
    await mark(lab, "app", { labels: { [RESIZED_LABEL]: "cpu" } });
    effects.send = () => Promise.reject(new Error("the broker is away"));
    await assert.rejects(ask({ scope: "all" }), /the broker is away/);
    effects.send = null;
    await assert.rejects(ask({ scope: "all" }), { code: "SINK_MISSING", status: 503 });
  });
});
