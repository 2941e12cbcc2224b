import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createLabelScan } from "../../../functions/label-scan/handle.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { TransientError } from "../../../shared/errors.ts";
import { createFunctionServer, type FunctionServer } from "../../../shared/function-server.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { readPolicy } from "../../../shared/policy.ts";

type Item = { namespace?: string; name: string; labels?: Record<string, string>; owner?: string };

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The cluster of these tests: by path; a number is a status to fail with. */
function createFakeApi(answers: Record<string, readonly Item[] | number>) {
  const requests: KubeRequest[] = [];
  const kube: KubeClient = {
    namespace: "vigie",
    request<T>(request: KubeRequest): Promise<T> {
      requests.push(request);
      const found = answers[request.path] ?? [];
      if (typeof found === "number") {
        const message = `the API answered ${found}`;
        return Promise.reject(new KubeError({ httpStatus: found, reason: "Test", message }));
      }
      const start = Number(request.query?.["continue"] ?? 0);
      const end = start + 500;
      const items = found.slice(start, end).map(({ owner, ...item }) => {
        const [kind = "", name = ""] = owner?.split("/") ?? [];
        const reference = { apiVersion: "apps/v1", controller: true, kind, name };
        return request.pick?.({
          metadata: {
            uid: item.name,
            ...item,
            ...(owner === undefined ? {} : { ownerReferences: [reference] }),
          },
        });
      });
      const metadata = end < found.length ? { continue: String(end) } : {};
      return Promise.resolve({ metadata, items } as T);
    },
    close: () => Promise.resolve(),
  };
  return { kube, requests };
}

const SHOP: Record<string, readonly Item[]> = {
  "/api/v1/namespaces": [
    { name: "shop", labels: { "vigie.dev/sla": "gold" } },
    { name: "default" },
    { name: "kube-system" },
  ],
  "/api/v1/nodes": [{ name: "minikube", labels: { zone: "a" } }],
  "/api/v1/pods": [
    { namespace: "default", name: "application-pod", labels: { fogsla: "ok" } },
    { namespace: "default", name: "lonely" },
    { namespace: "kube-system", name: "coredns", labels: { fogsla: "ok" } },
    { namespace: "shop", name: "cart-1", labels: { app: "cart" }, owner: "ReplicaSet/cart-5d" },
    { namespace: "shop", name: "cart-2", labels: { app: "cart" }, owner: "ReplicaSet/cart-5d" },
    { namespace: "shop", name: "search-1", owner: "StatefulSet/search" },
  ],
  "/apis/apps/v1/replicasets": [{ namespace: "shop", name: "cart-5d", owner: "Deployment/cart" }],
  "/apis/apps/v1/deployments": [
    { namespace: "shop", name: "cart", labels: { "vigie.dev/managed": "true" } },
  ],
};

describe("label-scan", () => {
  const servers: FunctionServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function serve(
    answers: Record<string, readonly Item[] | number>,
    send: ((event: Event) => Promise<void>) | null = null,
  ) {
    const { kube, requests } = createFakeApi(answers);
    const policy = await readPolicy();
    const parts = createLabelScan({
      kube,
      policy,
      send,
      log,
      now: () => performance.now(),
      clock: Date.now,
    });
    const server = createFunctionServer({ name: "label-scan", log, ...parts });
    server.http.listen(0, "127.0.0.1");
    await once(server.http, "listening");
    servers.push(server);
    const { port } = server.http.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const post = (type: string, data?: unknown) =>
      fetch(url, {
        method: "POST",
        headers: {
          "ce-specversion": "1.0",
          "ce-type": type,
          "ce-id": "1",
          "ce-source": "/test",
          connection: "close",
          ...(data === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(data === undefined ? {} : { body: JSON.stringify(data) }),
      });
    const get = (query: string) =>
      fetch(`${url}/labels${query}`, { headers: { connection: "close" } });
    return { requests, post, get };
  }

  describe("GET /labels", () => {
    it("writes every pod and node as text", async () => {
      const answer = await (await serve(SHOP)).get("");
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
      const text = await answer.text();
      assert.match(text, /^Labels of all pods in all namespaces, /);
      assert.match(text, /\nNamespace: shop\n\nPod: cart-1\nLABELS: app=cart\n/);
      assert.match(text, /\nPod: lonely\nLABELS: <none>\n/);
      assert.match(text, /\nNode: minikube\nLABELS: zone=a\n/);
      assert.match(text, /\n6 pods in 3 namespaces, 1 node\n$/);
    });

    it("narrows to a selector and to namespaces, each listed once and without the nodes", async () => {
      const { get, requests } = await serve({
        "/api/v1/namespaces/shop/pods": [{ namespace: "shop", name: "cart-1" }],
      });
      const query = "?format=json&namespace=shop,default&namespace=shop&selector=app%3Dx";
      const { items } = (await (await get(query)).json()) as { items: object[] };
      assert.equal(items.length, 1);
      assert.deepEqual(
        requests.map(({ path, query: asked }) => `${path} ${asked?.["labelSelector"]}`),
        ["/api/v1/namespaces/default/pods app=x", "/api/v1/namespaces/shop/pods app=x"],
      );
    });

    it("writes thousands of pods, page by page", async () => {
      const pods = Array.from({ length: 5_000 }, (_, index) => ({
        namespace: "load",
        name: `pod-${String(index).padStart(5, "0")}`,
      }));
      const { get, requests } = await serve({ "/api/v1/pods": pods });
      const lines = (await (await get("?format=csv")).text()).split("\r\n");
      assert.equal(lines.length, 5_002);
      assert.equal(requests.filter(({ path }) => path === "/api/v1/pods").length, 10);
    });

    for (const [query, code] of [
      ["?format=xml", "INVALID_FORMAT"],
      ["?namespaces=shop", "INVALID_QUERY"],
      ["?selector=a&selector=b", "INVALID_QUERY"],
      ["?__proto__=1", "INVALID_QUERY"],
      ["?selector=%3Brm+-rf", "INVALID_SELECTOR"],
      ["?namespace=..%2Fsecrets", "INVALID_NAME"],
      ["?namespace=%3B+rm+-rf+%2F", "INVALID_NAME"],
      [`?${"namespace=a&".repeat(101)}`, "INVALID_NAME"],
    ] as const) {
      it(`answers 400 ${code} to ${query.slice(0, 30)} and asks the cluster nothing`, async () => {
        const { get, requests } = await serve(SHOP);
        const answer = await get(query);
        assert.equal(answer.status, 400);
        assert.equal(((await answer.json()) as { code: string }).code, code);
        assert.deepEqual(requests, []);
      });
    }

    for (const [status, expected] of [
      [403, 502],
      [429, 503],
      [500, 503],
      [0, 503],
    ] as const) {
      it(`answers ${expected} when the cluster says ${status}`, async () => {
        const answer = await (await serve({ "/api/v1/pods": status })).get("?format=json");
        assert.equal(answer.status, expected);
        const { code, message } = (await answer.json()) as { code: string; message: string };
        assert.match(code, /^KUBE_/);
        assert.match(message, /the API answered/);
      });
    }

    it("cuts the connection when the cluster fails in the middle: half is never whole", async () => {
      const pods = Array.from({ length: 5_000 }, (_, index) => ({
        namespace: "load",
        name: `pod-${String(index).padStart(5, "0")}`,
        labels: { app: "x".repeat(1_000) },
      }));
      const { get } = await serve({ "/api/v1/pods": pods, "/api/v1/nodes": 500 });
      const answer = await get("");
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("etag"), null, "more than 1 MiB is not held back");
      await assert.rejects(answer.text());
    });

    it("answers an error for a fault in the middle of what it has held back", async () => {
      const { get } = await serve({ ...SHOP, "/api/v1/nodes": 500 });
      assert.equal((await get("")).status, 503);
    });
  });

  describe("scan", () => {
    it("sends one event a workload that has opted in, and answers what it saw", async () => {
      const sent: Event[] = [];
      const { post } = await serve(SHOP, async (event) => void sent.push(event));
      const answer = await post("dev.knative.sources.ping");
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("ce-type"), "dev.vigie.labels.scanned.v1");
      const { durationMs, ...counts } = (await answer.json()) as Record<string, number>;
      assert.ok((durationMs ?? -1) >= 0);
      assert.deepEqual(counts, { pods: 6, namespaces: 3, nodes: 1, managed: 2 });
      assert.deepEqual(
        sent.map(({ subject, data, sla }) => ({
          subject,
          sla,
          pods: (data as { pods: number }).pods,
        })),
        [
          { subject: "default/Pod/application-pod", sla: "silver", pods: 1 },
          { subject: "shop/Deployment/cart", sla: "gold", pods: 2 },
        ],
      );
    });

    it("sends the same events again for the same cause", async () => {
      const sent: Event[] = [];
      const { post } = await serve(SHOP, async (event) => void sent.push(event));
      await post("dev.vigie.scan.requested.v1", {});
      await post("dev.vigie.scan.requested.v1", {});
      assert.deepEqual(sent.slice(2), sent.slice(0, 2));
    });

    it("says of each workload whether somebody asked, or the clock", async () => {
      const sent: Event[] = [];
      const { post } = await serve(SHOP, async (event) => void sent.push(event));
      const asked = () => sent.splice(0).map(({ data }) => (data as { asked?: boolean }).asked);
      await post("dev.knative.sources.ping");
      assert.deepEqual(asked(), [undefined, undefined]);
      await post("dev.vigie.scan.requested.v1", {});
      assert.deepEqual(asked(), [true, true]);
    });

    it("answers 503 when the sink takes nothing, so that the broker tries again", async () => {
      const { post } = await serve(SHOP, () =>
        Promise.reject(new TransientError("SINK_UNAVAILABLE", "no answer")),
      );
      assert.equal((await post("dev.knative.sources.ping")).status, 503);
    });

    it("answers 503 SINK_MISSING without a sink", async () => {
      const answer = await (await serve(SHOP)).post("dev.knative.sources.ping");
      assert.equal(answer.status, 503);
      assert.equal(((await answer.json()) as { code: string }).code, "SINK_MISSING");
    });

    for (const data of [{ selector: "a=b;" }, { namespaces: ["../x"] }, { namespaces: "shop" }]) {
      it(`answers 422 to ${JSON.stringify(data)}`, async () => {
        const { post } = await serve(SHOP, () => Promise.resolve());
        assert.equal((await post("dev.vigie.scan.requested.v1", data)).status, 422);
      });
    }
  });
});
