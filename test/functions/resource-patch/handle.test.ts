import assert from "node:assert/strict";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { handleLoad } from "../../../functions/resource-patch/handle-load.ts";
import { readIntent } from "../../../functions/resource-patch/intent.ts";
import type { Event } from "../../../shared/events/contract.ts";
import {
  type DecisionRecord,
  DecisionRecord as DecisionSchema,
} from "../../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../../shared/events/settled.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { accountToken } from "../account.ts";
import { connectAs, type Lab, startLab } from "./cluster.ts";
import type { Load } from "./high-load.ts";
import { cut } from "./steps.ts";

type Decided = Event<DecisionRecord> & { data: DecisionRecord };

describe("resource-patch", () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.stop());

  const decideOn = async (name: string, fact?: Partial<Load>): Promise<Decided> => {
    const { reply } = await handleLoad(lab.load(name, fact), lab.context);
    assert.ok(reply);
    return { ...reply, data: DecisionSchema.parse(reply.data) };
  };
  const settle = async (decided: Decided, context = lab.context): Promise<Settlement> => {
    const { reply } = await handleDecision(decided, context);
    assert.ok(reply);
    return ResourcesSettled.data.parse(reply.data);
  };
  const cpu = (name: string, namespace?: string) =>
    lab.pod(name, namespace).spec?.containers.map(({ resources }) => ({
      limit: resources?.limits?.["cpu"],
      request: resources?.requests?.["cpu"],
    }));

  it("decides to raise a managed pod, and writes nothing yet", async () => {
    const decided = await decideOn("app");
    assert.equal(decided["outcome"], "act");
    assert.equal(decided["action"], "resize");
    assert.equal(decided["sla"], "silver");
    assert.deepEqual(decided.data.alternatives[1]?.changes, [
      {
        container: "app",
        kind: "container",
        before: { request: "200m", limit: "500m" },
        after: { request: "335m", limit: "837m" },
      },
    ]);
    assert.deepEqual(lab.cluster.requests(), []);
  });

  it("resizes in place when the decision comes back, without a restart", async () => {
    const settlement = await settle(await decideOn("app"));
    assert.equal(settlement.outcome, "applied");
    assert.deepEqual(cpu("app"), [{ limit: "837m", request: "335m" }]);
    const status = lab.pod("app").status?.containerStatuses?.[0];
    assert.equal(status?.restartCount, 0);
    assert.equal(status?.resources?.limits?.["cpu"], "837m");
    const intent = readIntent(lab.pod("app").metadata.annotations, "cpu");
    assert.equal(intent?.settled?.outcome, "applied");
    assert.deepEqual(intent?.changes[0]?.before, { request: "200m", limit: "500m" });
  });

  it("takes the next step when a capped one was not enough, after the cool-down", async () => {
    const percent = 200;
    await settle(await decideOn("app", { percent }));
    assert.deepEqual(cpu("app"), [{ limit: "1", request: "400m" }]);
    const readAfter = (seconds: number) => {
      const observedAt = new Date(Date.now() + seconds * 1_000).toISOString();
      return { event: lab.load("app", { percent, observedAt }), nowMs: Date.parse(observedAt) };
    };
    const decideAfter = async (seconds: number) => {
      const { event, nowMs } = readAfter(seconds);
      const context = { ...lab.context, now: () => nowMs };
      const { reply } = await handleLoad(event, context);
      assert.ok(reply);
      return { context, decided: { ...reply, data: DecisionSchema.parse(reply.data) } };
    };
    const soon = await decideAfter(30);
    assert.equal(soon.decided.data.alternatives[1]?.guards[0]?.code, "COOLING_DOWN");
    const later = await decideAfter(61);
    assert.equal(later.decided.data.outcome, "act");
    const settlement = await settle(later.decided, later.context);
    assert.equal(settlement.outcome, "applied");
    assert.deepEqual(cpu("app"), [{ limit: "2", request: "800m" }]);
  });

  it("says on the pod what it did and why", async () => {
    const decided = await decideOn("app");
    await settle(decided);
    const { items } = await lab.context.kube.request<{
      items: { reason: string; note: string; regarding: { uid: string } }[];
    }>({ method: "GET", path: "/apis/events.k8s.io/v1/namespaces/shop/events" });
    const ours = items.filter(({ reason }) => reason === "Resized");
    assert.equal(ours.length, 1);
    assert.equal(ours[0]?.regarding.uid, lab.pod("app").metadata.uid);
    assert.match(ours[0]?.note ?? "", /app limit 500m→837m, request 200m→335m: cpu at 92 %/);
  });

  it("gives the same answer when the decision comes again, and writes nothing more", async () => {
    const decided = await decideOn("app");
    const first = await handleDecision(decided, lab.context);
    const writes = lab.cluster.requests().length;
    assert.deepEqual(await handleDecision(decided, lab.context), first);
    assert.equal(lab.cluster.requests().length, writes);
  });

  for (const side of ["before", "after"] as const) {
    it(`ends the same when it is cut off ${side} any request, and the decision comes again`, async () => {
      let cutAt = 0;
      for (let isCut = true; isCut; cutAt += 1) {
        await lab.stop();
        lab = await startLab();
        const decided = await decideOn("app");
        // As a new process has them: nothing is remembered.
        const fresh = { ...lab.context, recent: createRecent() };
        const { context, requests } = cut(fresh, cutAt, side);
        const first = await settle(decided, context).catch(() => null);
        isCut = requests.length > cutAt;
        const second = await settle(decided);
        if (first !== null) assert.deepEqual(second, first);
        assert.equal(second.outcome, "applied", `cut at ${cutAt}`);
        assert.deepEqual(cpu("app"), [{ limit: "837m", request: "335m" }], `cut at ${cutAt}`);
      }
      assert.ok(cutAt > 6, `only ${cutAt} requests`);
    }).timeout(20_000);
  }

  it("does not grow a pod twice for one fact", async () => {
    const load = lab.load("app");
    const { reply } = await handleLoad(load, lab.context);
    await settle({ ...reply, data: DecisionSchema.parse(reply?.data) } as Decided);
    const again = await handleLoad(load, lab.context);
    assert.equal(again.kind, "keep");
    assert.match(again.reason, /before the last resize/);
  });

  it("cools down before it resizes again", async () => {
    await settle(await decideOn("app"));
    const later = new Date(Date.now() + 5_000).toISOString();
    const decided = await decideOn("app", { observedAt: later });
    assert.match(decided.data.reason, /the class wants 60 s between two/);
    const past = { ...lab.context, now: () => Date.now() + 61_000 };
    const { kind } = await handleLoad(lab.load("app", { observedAt: later }), past);
    assert.equal(kind, "act");
  });

  it("lets cpu and memory of one pod change side by side", async () => {
    const [forCpu, forMemory] = [
      await decideOn("app"),
      await decideOn("app", { resource: "memory" }),
    ];
    const both = await Promise.all([settle(forCpu), settle(forMemory)]);
    assert.deepEqual(
      both.map(({ outcome }) => outcome),
      ["applied", "applied"],
    );
    const { limits } = lab.pod("app").spec?.containers[0]?.resources ?? {};
    assert.deepEqual(limits, { cpu: "837m", memory: "429Mi" });
  });

  it("scales every container of a pod that has a size", async () => {
    await settle(await decideOn("twins"));
    assert.deepEqual(cpu("twins"), [
      { limit: "837m", request: "335m" },
      { limit: "168m", request: "168m" },
      { limit: undefined, request: undefined },
    ]);
  });

  const keeps: [string, string, RegExp, Partial<Load>?][] = [
    ["a pod that has not opted in", "stranger", /opted in/],
    ["a pod in a protected namespace", "system", /protected/, { namespace: "kube-system" }],
    ["a load that is low", "app", /0 h of history are too little/, { band: "low", percent: 5 }],
    [
      "a load that is moderate",
      "app",
      /0 h of history are too little/,
      { band: "moderate", percent: 50 },
    ],
    ["a load without a percent", "app", /not its percent/, { percent: null }],
    ["a pod that was replaced", "app", /replaced/, { podUid: "another" }],
    ["a pod without sizes", "unsized", /no container has/],
    ["a container that would restart", "restarts", /would restart app/],
  ];
  for (const [what, name, reason, fact] of keeps) {
    it(`keeps ${what}`, async () => {
      const decided = await decideOn(name, fact);
      assert.equal(decided["outcome"], "keep");
      assert.match(decided.data.reason, reason);
      assert.equal((await handleDecision(decided, lab.context)).kind, "noted");
      assert.deepEqual(lab.cluster.requests(), []);
    });
  }

  it("drops a decision that somebody else made up", async () => {
    const decided = await decideOn("stranger");
    const forged: Decided = {
      ...decided,
      data: { ...decided.data, chosen: "resize", outcome: "act", reason: "because" },
    };
    const { outcome, reason } = await settle(forged);
    assert.deepEqual([outcome, /opted in/.test(reason)], ["dropped", true]);
    const real = await decideOn("app");
    const [keep, resize] = real.data.alternatives;
    assert.ok(keep && resize?.changes[0]);
    const change = { ...resize.changes[0], after: { request: "64", limit: "64" } };
    const greedy: Decided = {
      ...real,
      data: { ...real.data, alternatives: [keep, { ...resize, changes: [change] }] },
    };
    assert.match((await settle(greedy)).reason, /decided now it would be app limit 500m→837m/);
    assert.deepEqual(lab.cluster.requests(), []);
  });

  it("drops what it cannot carry out", async () => {
    const real = await decideOn("app");
    const [keep, resize] = real.data.alternatives;
    assert.ok(keep && resize);
    const replicas = { before: 1, after: 9 };
    const scaleOut = { ...resize, action: "scale-out" as const, changes: [], replicas };
    const forged: Decided = {
      ...real,
      data: { ...real.data, chosen: "scale-out", alternatives: [keep, scaleOut] },
    };
    const { outcome, reason } = await settle(forged);
    assert.deepEqual([outcome, reason], ["dropped", "its kind is not for writing"]);
    assert.deepEqual(lab.cluster.requests(), []);
  });

  it("follows the annotations of pod and namespace, and keeps what has a bad one", async () => {
    const annotate = (path: string, annotations: Record<string, string>) =>
      lab.context.kube.request({
        method: "PATCH",
        path,
        contentType: "application/merge-patch+json",
        body: { metadata: { annotations } },
      });
    await annotate("/api/v1/namespaces/shop", { "vigie.dev/mode": "recommend" });
    const careful = await decideOn("app");
    assert.deepEqual([careful["action"], careful["outcome"]], ["resize", "recommend"]);
    await annotate("/api/v1/namespaces/shop/pods/app", { "vigie.dev/policy.cpu.maxMillis": "9e9" });
    const bad = await decideOn("app");
    assert.equal(bad["outcome"], "keep");
    assert.match(bad.data.reason, /^annotation vigie\.dev\/policy\.cpu\.maxMillis=9e9: must be/);
  });

  it("grows no further than its node has room", async () => {
    const { outcome, changes } = await settle(await decideOn("huge", { percent: 130 }));
    assert.deepEqual([outcome, changes[0]?.after.limit], ["applied", "900m"]);
  });

  it("takes the old values back when the node can never hold the new ones", async () => {
    // Where nodes may not be read, the kubelet is the one who says that there is no room.
    const blind = blindTo("/nodes");
    const { reply } = await handleLoad(lab.load("huge", { percent: 130 }), blind);
    const decided = { ...reply, data: DecisionSchema.parse(reply?.data) } as Decided;
    const { reason, outcome } = await settle(decided, blind);
    assert.equal(outcome, "infeasible", reason);
    assert.match(reason, /capacity.*the old values are back/);
    assert.deepEqual(cpu("huge"), [{ limit: "500m", request: "500m" }]);
  });

  it("settles as refused what a quota forbids", async () => {
    lab.cluster.apply([
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "tight", namespace: "gilded", uid: "", resourceVersion: "" },
        spec: { hard: { "limits.cpu": "600m" } },
      } as never,
    ]);
    const blind = blindTo("/resourcequotas");
    const { reply } = await handleLoad(lab.load("plain", { namespace: "gilded" }), blind);
    const decided = { ...reply, data: DecisionSchema.parse(reply?.data) } as Decided;
    const { outcome, reason } = await settle(decided, blind);
    assert.deepEqual([outcome, /quota/.test(reason)], ["refused", true], reason);
    assert.deepEqual(cpu("plain", "gilded"), [{ limit: "500m", request: "200m" }]);
  });

  it("gives a pod the class of its namespace when it has none of its own", async () => {
    const decided = await decideOn("plain", { namespace: "gilded" });
    assert.equal(decided["sla"], "gold");
    assert.equal(decided.data.alternatives[1]?.changes[0]?.after.limit, "1023m");
  });

  it("leaves a resource to the autoscaler that follows it", async () => {
    lab.cluster.apply([
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web", namespace: "shop" },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
          maxReplicas: 3,
          metrics: [{ type: "Resource", resource: { name: "cpu" } }],
        },
      } as never,
    ]);
    const { items } = await lab.context.kube.request<{ items: { metadata: { name: string } }[] }>({
      method: "GET",
      path: "/api/v1/namespaces/shop/pods",
      query: { labelSelector: "app=web" },
    });
    const name = items[0]?.metadata.name ?? "";
    const byCpu = await decideOn(name);
    assert.match(byCpu.data.reason, /HorizontalPodAutoscaler web/);
    const byMemory = await decideOn(name, { resource: "memory" });
    assert.equal(byMemory["outcome"], "act");
    assert.deepEqual(byMemory.data.inputs.owner.kind, "Deployment");
  });

  it("asks once for the owner that the event names, and believes the pod's own references", async () => {
    const { kube } = lab.context;
    const { items } = await kube.request<{ items: { metadata: { name: string } }[] }>({
      method: "GET",
      path: "/api/v1/namespaces/shop/pods",
      query: { labelSelector: "app=web" },
    });
    const of = (name: string, namespace = "shop") => {
      return { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
    };
    for (const owner of [of("web"), of("gone"), of("web", "gilded"), of("../../secrets/token")]) {
      const asked: string[] = [];
      const counting = {
        ...kube,
        request: <T>(request: KubeRequest) => {
          asked.push(request.path);
          return kube.request<T>(request);
        },
      };
      const context = { ...lab.context, kube: counting, recent: createRecent() };
      const load = lab.load(items[0]?.metadata.name ?? "", { owner });
      const { reply } = await handleLoad(load, context);
      const { inputs } = DecisionSchema.parse(reply?.data);
      assert.deepEqual(inputs.owner, of("web"));
      assert.equal(inputs.workloadManaged, true);
      const reads = asked.filter((path) => path.endsWith("/shop/deployments/web"));
      assert.equal(reads.length, owner.name === "web" && owner.namespace === "shop" ? 1 : 2);
      assert.ok(!asked.some((path) => path.includes("secrets") || path.includes("gilded")));
    }
  });

  it("answers that the pod has gone when it has", async () => {
    const load = lab.load("app");
    const decided = await decideOn("app");
    await lab.context.kube.request({
      method: "DELETE",
      path: "/api/v1/namespaces/shop/pods/app",
      query: { gracePeriodSeconds: "0" },
    });
    assert.equal((await handleLoad(load, lab.context)).kind, "gone");
    assert.deepEqual((await settle(decided)).outcome, "dropped");
  });

  it("refuses names that are none", async () => {
    for (const pod of ["x; rm -rf /", "../../secrets/token", "a\u0000b", "__proto__"]) {
      const load = lab.load("app", { pod });
      await assert.rejects(handleLoad(load, lab.context), { code: "INVALID_NAME", status: 422 });
    }
  });

  it("needs no more rights than knative/base gives it", async () => {
    const token = accountToken(lab.cluster, "resource-patch");
    const { context, lost, stop } = connectAs(lab, token);
    try {
      const { items } = await lab.context.kube.request<{ items: { metadata: { name: string } }[] }>(
        {
          method: "GET",
          path: "/api/v1/namespaces/shop/pods",
          query: { labelSelector: "app=web" },
        },
      );
      const { reply } = await handleLoad(lab.load(items[0]?.metadata.name ?? ""), context);
      const decided = { ...reply, data: DecisionSchema.parse(reply?.data) } as Decided;
      assert.equal((await settle(decided, context)).outcome, "applied");
      assert.deepEqual(lost, []);
    } finally {
      await stop();
    }
  });

  /** A context that may not read what is listed or found under such a path. */
  function blindTo(part: string): Context {
    const { kube } = lab.context;
    const forbidden = { httpStatus: 403, reason: "Forbidden", message: "not yours" };
    return {
      ...lab.context,
      recent: createRecent(),
      kube: {
        ...kube,
        request: (request) =>
          request.path.includes(part)
            ? Promise.reject(new KubeError(forbidden))
            : kube.request(request),
      },
    };
  }
});
