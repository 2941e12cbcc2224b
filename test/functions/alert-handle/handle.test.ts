import assert from "node:assert/strict";
import { handleAlert } from "../../../functions/alert-handle/handle.ts";
import { createPodReads, type PodReads } from "../../../functions/alert-handle/pod-reads.ts";
import { PermanentError, TransientError } from "../../../shared/errors.ts";
import { type Alert, AlertFired, AlertResolved } from "../../../shared/events/alert.ts";
import { LoadClassified } from "../../../shared/events/load.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { createRecent } from "../../../shared/kube/recent.ts";
import { readPolicy } from "../../../shared/policy.ts";
import { createFakeKube, refusal } from "./fake-kube.ts";

const POD = "/api/v1/namespaces/shop/pods/cart-1";
const NOW = Date.parse("2026-11-20T12:00:00Z");

function event(overrides: Partial<Alert> = {}, contract = AlertFired) {
  const data: Alert = {
    alertname: "PodLoadHigh",
    labels: { alertname: "PodLoadHigh", namespace: "shop", pod: "cart-1", resource: "cpu" },
    annotations: {},
    percent: 92,
    fingerprint: "07388315533bd331",
    startsAt: "2026-11-20T11:44:00Z",
    endsAt: null,
    ...overrides,
  };
  const id = `${contract.type}/${JSON.stringify(data)}`;
  return { ...contract.create({ id, data }), data };
}

const about = (namespace: string, pod: string) =>
  event({ labels: { alertname: "PodLoadHigh", resource: "cpu", namespace, pod } });

function owner(kind: string, name: string) {
  return [{ apiVersion: "apps/v1", kind, name, uid: `${name}-uid`, controller: true }];
}

/** A shop with the pod cart-1 of a gold Deployment that has opted in. */
function createShop(before?: (request: KubeRequest) => void) {
  const shop = createFakeKube(before);
  const inShop = (name: string) => ({ name, namespace: "shop", uid: `${name}-uid` });
  const path = (group: string, name: string) => `/apis/apps/v1/namespaces/shop/${group}/${name}`;
  shop.put("/api/v1/namespaces/shop", { apiVersion: "v1", kind: "Namespace" }, { name: "shop" });
  shop.put(
    path("deployments", "cart"),
    { apiVersion: "apps/v1", kind: "Deployment" },
    { ...inShop("cart"), labels: { fogsla: "ok", "vigie.dev/sla": "gold" } },
  );
  shop.put(
    path("replicasets", "cart-rs"),
    { apiVersion: "apps/v1", kind: "ReplicaSet" },
    { ...inShop("cart-rs"), ownerReferences: owner("Deployment", "cart") },
  );
  shop.put(
    POD,
    { apiVersion: "v1", kind: "Pod" },
    {
      ...inShop("cart-1"),
      labels: { app: "cart" },
      ownerReferences: owner("ReplicaSet", "cart-rs"),
    },
  );
  return shop;
}

const policy = await readPolicy();
const handle = (
  shop: { kube: ReturnType<typeof createFakeKube>["kube"] },
  alert = event(),
  pods = createPodReads(shop.kube),
) =>
  handleAlert(alert, {
    kube: shop.kube,
    pods,
    recent: createRecent(),
    policy,
    now: () => NOW,
  });

const isPatch = ({ method }: KubeRequest) => method === "PATCH";

describe("handleAlert", () => {
  it("labels the pod in one merge patch, and replies with load, owner and class", async () => {
    const shop = createShop();
    const { kind, reply } = await handle(shop);
    assert.equal(kind, "labelled");
    assert.equal(shop.read(POD).labels["vigie.dev/load"], "high");
    const patches = shop.requests.filter(isPatch);
    assert.equal(patches.length, 1);
    assert.equal(patches[0]?.contentType, "application/merge-patch+json");
    assert.equal(reply?.type, LoadClassified.type);
    assert.equal(reply?.subject, "shop/cart-1");
    assert.deepEqual(
      [reply?.["load"], reply?.["resource"], reply?.["sla"]],
      ["high", "cpu", "gold"],
    );
    const { cause, ...data } = LoadClassified.data.parse(reply?.data) as { cause: unknown };
    assert.deepEqual(cause, { id: event().id, type: AlertFired.type, alertname: "PodLoadHigh" });
    assert.deepEqual(data, {
      namespace: "shop",
      pod: "cart-1",
      podUid: "cart-1-uid",
      resource: "cpu",
      percent: 92,
      band: "high",
      previousBand: null,
      labels: { set: { "vigie.dev/load": "high" }, removed: [] },
      owner: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" },
      managed: true,
      slaClass: "gold",
      observedAt: "2026-11-20T11:44:00.000Z",
    });
  });

  it("gives the same reply to a redelivery, without writing", async () => {
    const shop = createShop();
    const first = await handle(shop);
    const second = await handle(shop);
    assert.equal(second.kind, "repeated");
    assert.deepEqual(second.reply, first.reply);
    assert.equal(shop.requests.filter(isPatch).length, 1);
  });

  it("still replies when it died, or the owner could not be read, after the patch", async () => {
    let isDown = true;
    const shop = createShop(({ path }) => {
      if (isDown && path.includes("deployments")) throw refusal(503, "ServiceUnavailable");
    });
    await assert.rejects(handle(shop), KubeError);
    assert.equal(shop.read(POD).labels["vigie.dev/load"], "high");
    isDown = false;
    const { kind, reply } = await handle(shop);
    assert.equal(kind, "repeated");
    assert.equal(reply?.["load"], "high");
  });

  it("brings the label back when the alert is resolved", async () => {
    const shop = createShop();
    await handle(shop);
    const { reply } = await handle(shop, event({ endsAt: "2026-11-20T11:50:00Z" }, AlertResolved));
    assert.equal(shop.read(POD).labels["vigie.dev/load"], "low");
    assert.equal(reply?.["load"], "low");
  });

  it("says of a listed pod that has gone since what it says of one it never saw", async () => {
    const shop = createShop();
    const listed = structuredClone(shop.read(POD));
    shop.remove(POD);
    const pods: PodReads = {
      ...createPodReads(shop.kube),
      read: () => Promise.resolve({ pod: { ...listed, namespace: "shop" }, isLive: false }),
    };
    await assert.rejects(
      handle(shop, event(), pods),
      (error) => error instanceof PermanentError && error.code === "POD_NOT_FOUND",
    );
  });

  it("believes an old reading of a pod only for what a write guards", async () => {
    const shop = createShop();
    const old = structuredClone(shop.read(POD));
    const first = await handle(shop);
    const stale: PodReads = {
      ...createPodReads(shop.kube),
      read: () => Promise.resolve({ pod: { ...old, namespace: "shop" }, isLive: false }),
    };
    // The old reading asks for a write that conflicts; the pod itself says that all is done.
    const { kind, reply } = await handle(shop, event(), stale);
    assert.equal(kind, "repeated");
    assert.deepEqual(reply, first.reply);
    const after = structuredClone(shop.read(POD));
    // And the same reading once it is right, but asks for nothing: the pod is read for itself.
    const reads = shop.requests.length;
    const known: PodReads = {
      ...createPodReads(shop.kube),
      read: () => Promise.resolve({ pod: { ...after, namespace: "shop" }, isLive: false }),
    };
    assert.equal((await handle(shop, event(), known)).kind, "repeated");
    assert.equal(shop.requests.slice(reads).filter(({ path }) => path === POD).length, 1);
  });

  it("reads again and decides again when the pod has changed meanwhile", async () => {
    let conflicts = 2;
    const shop = createShop((request) => {
      if (!isPatch(request) || conflicts === 0) return;
      conflicts -= 1;
      throw refusal(409, "Conflict");
    });
    assert.equal((await handle(shop)).kind, "labelled");
    assert.equal(
      shop.requests.filter(({ path, method }) => path === POD && method === "GET").length,
      3,
    );
  });

  it("leaves it for later when the pod never comes to rest", async () => {
    const shop = createShop((request) => {
      if (isPatch(request)) throw refusal(409, "Conflict");
    });
    await assert.rejects(handle(shop), TransientError);
  });

  it("never labels the replacement that took the pod's name while it was deciding", async () => {
    let isReplaced = false;
    const shop = createShop((request) => {
      if (!isPatch(request) || isReplaced) return;
      isReplaced = true;
      const metadata = { ...shop.read(POD), uid: "other-uid", resourceVersion: "7" };
      shop.put(POD, { apiVersion: "v1", kind: "Pod" }, metadata);
    });
    const labels = { ...event().data.labels, uid: "cart-1-uid" };
    assert.equal((await handle(shop, event({ labels }))).kind, "gone");
    assert.equal(shop.read(POD).labels["vigie.dev/load"], undefined);
  });

  it("passes on a refusal that another look does not change", async () => {
    const shop = createShop((request) => {
      if (isPatch(request)) throw refusal(422, "Invalid");
    });
    await assert.rejects(
      handle(shop),
      (error) => error instanceof KubeError && error.status === 422,
    );
    assert.equal(shop.requests.filter(isPatch).length, 1);
  });

  it("ends in the newest fact when several are handled at once", async () => {
    const shop = createShop();
    const facts = [40, 41, 42, 43].map((minute) =>
      event({ percent: minute === 43 ? 70 : 99, startsAt: `2026-11-20T11:${minute}:00Z` }),
    );
    await Promise.all(facts.map((each) => handle(shop, each)));
    assert.equal(shop.read(POD).annotations["vigie.dev/observed-at"], "2026-11-20T11:43:00.000Z");
  });

  it("refuses a firing alert about a pod that does not exist", async () => {
    await assert.rejects(
      handle(createShop(), about("shop", "nobody-here")),
      (error) => error instanceof PermanentError && error.code === "POD_NOT_FOUND",
    );
  });

  it("takes a resolved alert about a pod that does not exist for a pod that ended", async () => {
    const shop = createShop();
    shop.remove(POD);
    assert.equal((await handle(shop, event({}, AlertResolved))).kind, "gone");
  });

  it("is done when the pod goes while it is being labelled", async () => {
    const shop = createShop((request) => {
      if (isPatch(request)) shop.remove(POD);
    });
    assert.equal((await handle(shop)).kind, "gone");
  });

  it("asks the API nothing about protected namespaces, other alerts and hostile names", async () => {
    const shop = createShop();
    assert.equal((await handle(shop, about("kube-system", "coredns"))).kind, "skipped");
    const other = { alertname: "Watchdog", namespace: "shop", pod: "cart-1" };
    assert.equal(
      (await handle(shop, event({ alertname: "Watchdog", labels: other }))).kind,
      "skipped",
    );
    const names = [
      "x; rm -rf /",
      "../../secrets/token",
      "a\0b",
      "__proto__",
      "a%2fb",
      "x".repeat(300),
    ];
    for (const name of names) {
      for (const alert of [about("shop", name), about(name, "cart-1")]) {
        await assert.rejects(
          handle(shop, alert),
          (error) => error instanceof PermanentError && error.code === "INVALID_NAME",
        );
      }
    }
    assert.deepEqual(shop.requests, []);
  });
});
