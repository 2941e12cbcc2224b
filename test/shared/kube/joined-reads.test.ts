import assert from "node:assert/strict";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { joinReads } from "../../../shared/kube/joined-reads.ts";

describe("joinReads", () => {
  const asked: KubeRequest[] = [];
  const kube: Pick<KubeClient, "request"> = {
    async request<T>(request: KubeRequest): Promise<T> {
      asked.push(request);
      await new Promise(setImmediate);
      if (request.path === "/broken") throw new Error(`broken ${asked.length}`);
      return { answer: asked.length } as T;
    },
  };
  const get = (path: string): KubeRequest => ({ method: "GET", path });
  const reads = joinReads({ ...kube, namespace: "default", close: () => Promise.resolve() });

  beforeEach(() => asked.splice(0));

  it("asks once for what is asked at once, and again later", async () => {
    const all = await Promise.all(
      [get("/a"), get("/a"), get("/b")].map((one) => reads.request(one)),
    );
    assert.deepEqual(
      asked.map(({ path }) => path),
      ["/a", "/b"],
    );
    assert.deepEqual(all[0], all[1]);
    await reads.request(get("/a"));
    assert.equal(asked.length, 3);
  });

  it("fails for all who have joined, and not for the next", async () => {
    const results = await Promise.allSettled([
      reads.request(get("/broken")),
      reads.request(get("/broken")),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    await assert.rejects(reads.request(get("/broken")), /broken 2/);
  });

  it("never joins a write, another form, another query or what can be given up", async () => {
    const { signal } = new AbortController();
    const requests: KubeRequest[] = [
      { method: "PATCH", path: "/a", body: {} },
      { method: "PATCH", path: "/a", body: {} },
      get("/a"),
      { ...get("/a"), accept: "application/yaml" },
      { ...get("/a"), query: { limit: "1" } },
      { ...get("/a"), signal },
      { ...get("/a"), signal },
    ];
    await Promise.all(requests.map((one) => reads.request(one)));
    assert.equal(asked.length, requests.length);
  });
});
